// SPDX-License-Identifier: MIT
import FootfallStore

/// The store inside a transaction, for a ``TransactionPlugin``.
///
/// Use it on the pipeline's thread and only until ``TransactionPlugin/end(_:)`` returns.
@_spi(Sessions)
public final class TransactionState {
    private let store: Store
    /// The clocks, as the transaction found them.
    private(set) var clock: ClockStateMachine
    /// The row that is written next.
    private(set) var nextEvent: Int64 = 0

    init(_ store: Store, clock: ClockStateMachine = ClockStateMachine(notBefore: Timestamp(milliseconds: 0))) {
        self.store = store
        self.clock = clock
    }

    /// The next row to be written has this id, and is stamped by one of these clocks.
    func advance(to nextEvent: Int64, clock machine: ClockStateMachine) {
        self.nextEvent = nextEvent
        if clock.rows.count != machine.rows.count { clock = machine }
    }

    /// Whether the wall time of a moment is believed.
    public func isClockTrusted(_ moment: Moment) -> Bool { clock.isTrusted(moment) }

    /// Adds to a counter that `footfall status` shows.
    public func count(_ name: String, _ amount: Int64 = 1) throws { try store.counters.add(amount, to: name) }

    /// A value of the key-value store.
    public func text(_ key: String) throws -> String? { try store.keyValue.text(key) }

    /// Sets a value, or removes it with `nil`.
    public func set(_ key: String, _ value: String?) throws { try store.keyValue.set(key, value) }

    /// From here on, what is removed from the store is overwritten, because visitors
    /// share the device. Each freed page costs a write.
    public func leaveNoTraces() throws { try store.leaveNoTraces() }

    /// What this transaction removes is removed from the -wal too, once the transaction
    /// is stored.
    public func removeTraces() { removesTraces = true }
    private(set) var removesTraces = false

    /// Remembers when a session was open, so that late events find it.
    ///
    /// - Parameter opened: the moment of its first event.
    public func recordSession(
        id: Int64, openedAt opened: Moment, last: Timestamp
    ) throws {
        let row = clock.row(of: opened)
        try store.sessions.record(
            id: id, start: opened.wall.milliseconds, last: last.milliseconds, clock: row?.id ?? 0, event: nextEvent)
    }

    /// The id of the session that was open at a time.
    public func session(covering time: Timestamp) throws -> Int64? {
        try store.sessions.id(covering: time.milliseconds)
    }

    /// Forgets all but the newest 1,000 sessions.
    public func removeOldSessions() throws { try store.sessions.removeOldest() }
}
