// SPDX-License-Identifier: MIT
import FootfallStore
import Synchronization

/// The user's consent, for all threads of a client: the state of this process, and the file
/// that other processes read.
final class Consent: @unchecked Sendable {
    private let lock = Lock()
    private let file: ConsentFile
    private let clock: SystemClock
    // Protected by lock.
    private var state: ConsentState
    private var reason: DropReason

    // Copies that callers read without the lock.
    private let isOptedOutFlag: Atomic<Bool>
    private let isEraseDueFlag: Atomic<Bool>

    /// - Parameter identityErasure: The erasure after which the stored identity began.
    init(_ directory: StateDirectory, _ reading: ConsentFile.Reading, identityErasure: Int64, clock: SystemClock) {
        file = ConsentFile(directory)
        self.clock = clock
        state = ConsentState(reading, identityErasure: identityErasure, at: clock.wall())
        reason = state.isOptedOut ? .optedOut : .forgotten
        isOptedOutFlag = Atomic(state.isOptedOut)
        // The process that opted out may have died before it removed everything.
        isEraseDueFlag = Atomic(state.isOptedOut && state.isKnown)
    }

    /// Whether nothing is recorded.
    var isOptedOut: Bool { isOptedOutFlag.load(ordering: .acquiring) }

    /// Whether what was stored before the last erasure is still to be removed. Meanwhile
    /// nothing of it is sent.
    var isEraseDue: Bool { isEraseDueFlag.load(ordering: .acquiring) }

    /// The last erasure that this process followed.
    var erasure: Int64 { lock.withLock { state.erasure } }

    /// Why what comes before the last erasure is dropped.
    var dropReason: DropReason { lock.withLock { reason } }

    /// Whether the directory does not have the user's opt-out yet.
    var isMarkDue: Bool { lock.withLock { state.isMarkDue || state.isNumberOwed } }

    /// Whether the user is known to have opted out: no identity is left.
    var hasNoUser: Bool { lock.withLock { state.isOptedOut && state.isKnown } }

    /// Whether it is not known yet if the user opted out: the directory could not be read.
    var isUnknown: Bool { lock.withLock { !state.isKnown } }

    /// Notes that what was stored before the last erasure is removed.
    func erased() { isEraseDueFlag.store(false, ordering: .releasing) }

    /// Records nothing from here on. Throws when the opt-out cannot be written.
    func optOut() throws(StoreError) {
        lock.withLock {
            state.optOut(file.read(), at: clock.wall())
            reason = .optedOut
            isEraseDueFlag.store(true, ordering: .sequentiallyConsistent)
            publish()
        }
        try writeMark()
    }

    /// Writes an opt-out that could not be written before.
    func writeMark() throws(StoreError) {
        try lock.withLock { () throws(StoreError) in
            guard state.isMarkDue || state.isNumberOwed else { return }
            if !state.isMarkDue, file.read() != .optedOut(erasure: nil) {
                // The user opted in meanwhile, or the mark has a number.
                return state.markWritten()
            }
            try file.writeOptOut(erasure: state.erasure)
            state.markWritten()
        }
    }

    /// Records again. Throws, and goes on recording nothing, when the opt-in cannot be written.
    func optIn() throws(StoreError) {
        try lock.withLock { () throws(StoreError) in
            // Another process may have raised the number, or an earlier version left it out.
            if !state.isMarkDue, state.saw(file.read(), at: clock.wall()) == .erase {
                isEraseDueFlag.store(true, ordering: .sequentiallyConsistent)
            }
            if state.isMarkDue, case .recording = file.read() {
                // The directory never took the opt-out, so it has nothing to take back.
            } else {
                try file.writeOptIn(erasure: state.erasure)
            }
            state.optIn()
            publish()
        }
    }

    /// Begins a new erasure. An opt-out stays. Throws when other programs cannot be told.
    func forget() throws(StoreError) {
        try lock.withLock { () throws(StoreError) in
            state.forget(file.read(), at: clock.wall())
            reason = .forgotten
            isEraseDueFlag.store(true, ordering: .sequentiallyConsistent)
            try file.writeForgotten(erasure: state.erasure)
        }
    }

    /// Looks whether another program changed the consent.
    ///
    /// - Returns: whether all events so far must be removed.
    func look() -> Bool { follow { $0.saw(file.read(), at: clock.wall()) } == .erase }

    /// Follows the number of the last erasure that the store has.
    func sawStore(_ erasure: Int64) -> ConsentState.Change { follow { $0.saw(store: erasure) } }

    private func follow(_ change: (inout ConsentState) -> ConsentState.Change) -> ConsentState.Change {
        lock.withLock {
            let found = change(&state)
            if found == .erase {
                // Another program erased. If it records now, the user was forgotten, or opted in again since.
                reason = state.isOptedOut ? .optedOut : .forgotten
                isEraseDueFlag.store(true, ordering: .sequentiallyConsistent)
            }
            publish()
            return found
        }
    }

    private func publish() { isOptedOutFlag.store(state.isOptedOut, ordering: .sequentiallyConsistent) }

    /// In a forked child, where the thread that held the lock does not exist.
    func reinitializeInChild() { lock.reinitialize() }
}
