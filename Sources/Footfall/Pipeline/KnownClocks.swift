// SPDX-License-Identifier: MIT
import FootfallStore
import Glibc

/// What the pipeline knows of the clocks: read from the store before the first event, and
/// anew in each transaction.
///
/// It belongs to the pipeline's thread.
final class KnownClocks {
    private(set) var machine: ClockStateMachine
    private let clock: SystemClock
    private let load: () -> ClockStateMachine?
    private var isLoaded = false

    /// - Parameter load: Reads the clocks from the store; `nil` when there is no store, or
    ///   it cannot be read now. Then times are stored as they are, and corrected before
    ///   they are sent.
    init(_ clock: SystemClock, load: @escaping () -> ClockStateMachine? = { nil }) {
        self.clock = clock
        self.load = load
        machine = ClockStateMachine(notBefore: clock.notBefore)
    }

    /// Reads the clocks from the store of a client.
    convenience init(storedBy runtime: Runtime) {
        self.init(runtime.configuration.clock) { [unowned runtime] in
            guard !runtime.configuration.isRehearsal, access(runtime.directory.database, F_OK) == 0 else { return nil }
            // Clocks that cannot be read now are read by the next transaction.
            return try? runtime.store.withStore { (store) throws(StoreError) in
                ClockStateMachine(notBefore: runtime.configuration.clock.notBefore, rows: try store.clocks.all())
            }
        }
    }

    /// Gives an event its right time, where the clock was wrong and the right time is known.
    func correct(_ event: inout Event) {
        guard let stamp = event.stamp(by: clock), let time = loaded.corrected(stamp) else { return }
        event.timestamp = time
    }

    /// A moment with the wall time that it should have had.
    func corrected(_ moment: Moment) -> Moment {
        var corrected = moment
        if let time = loaded.corrected(moment) { corrected.wall = time }
        return corrected
    }

    private var loaded: ClockStateMachine {
        if !isLoaded {
            isLoaded = true
            if let found = load() { machine = found }
        }
        return machine
    }

    // MARK: - Inside a transaction

    /// Reads the clocks anew: another process may have corrected them.
    func refresh(_ store: Store) throws(StoreError) {
        isLoaded = true
        machine = ClockStateMachine(notBefore: clock.notBefore, rows: try store.clocks.all())
    }

    /// The row of the clock that stamped an event, which is added if it is new; 0 for an
    /// event without a stamp.
    func id(of stamp: Moment?, _ store: Store) throws(StoreError) -> Int64 {
        guard let stamp, !stamp.bootID.isEmpty else { return 0 }
        if let row = machine.row(of: stamp) { return row.id }
        try store.clocks.removeUnused(but: clock.bootID)
        try refresh(store)
        let row = machine.add(stamp)
        try store.clocks.add(row)
        return row.id
    }

    /// Corrects the stored events whose clock was wrong.
    ///
    /// - Parameter truth: The offset of this boot; `nil` leaves it as it is known.
    /// - Returns: how many events were changed.
    func correct(
        to truth: Int64?, _ store: Store, _ plugin: (any TransactionPlugin)?
    ) throws(StoreError) -> Int {
        try refresh(store)
        var truths = machine.correctable.filter { truth == nil || $0.bootID != clock.bootID }
        if let truth { truths.append((clock.bootID, truth)) }
        return try StoreError.rethrowing {
            try ClockCorrector(store: store, plugin: plugin).run(truths, &machine)
        }
    }
}
