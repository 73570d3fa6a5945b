// SPDX-License-Identifier: MIT
import FootfallStore

/// Something that a ``TransactionPlugin`` judges, in the order of the calls.
@_spi(Sessions)
public enum Occurrence {
    case event(Event)
    /// The identity was reset at this moment.
    case reset(Moment)
    /// The host said that it is in use, or not.
    case application(ApplicationChange, Moment)
    /// The host wants something of the session; by whom it would go on.
    case session(SessionRequest, Moment, anonymousId: String, userId: String?)
    /// The visit changes.
    case visit(VisitCall)
    /// Time passed: at a start, at a ``TimerPlugin``'s time, and when a
    /// ``DescriptorPlugin`` heard of something.
    case time(Moment)
}

/// What a host may want of the session.
@_spi(Sessions)
public enum SessionRequest: Sendable {
    /// It is over now; the next event opens another.
    case end
    /// It is over, and another begins at once.
    case new
}

/// What a ``TransactionPlugin`` decided with the state that is in the store.
@_spi(Sessions)
public enum Settlement {
    /// The event is right as it is; the events planned before it go with it, or
    /// are left out.
    case keep(withPlanned: Bool)
    /// The event must be stamped; as above.
    case stamp(withPlanned: Bool)
    /// Other events belong before it than were planned. The transaction is
    /// undone, these go through the chain, and everything is tried again.
    case plan([Event])
}

/// An enrichment whose state is shared by all processes of a store, such as a session.
///
/// Running the chain inside the store's lock would let a slow plugin of one
/// process stop the others. So `execute` stamps with what the plugin knows, and
/// ``plan(for:)`` names the events that belong before another as far as it can
/// see; then, inside the transaction that stores them, ``settle(_:planned:_:)``
/// decides each with the state as it really is.
@_spi(Sessions)
public protocol TransactionPlugin: EventPlugin {
    /// Whether it wants to judge ``Occurrence/application(_:_:)``. The default is false.
    var judgesApplication: Bool { get }
    /// The events that belong before this one, by the plugin's own copy of the state.
    func plan(for occurrence: Occurrence) -> [Event]
    /// Whether an occurrence changes the state so much that it should be stored
    /// at once. Changes nothing.
    func isTurn(_ occurrence: Occurrence) -> Bool
    /// A transaction began: read the state.
    func begin(_ state: TransactionState) throws
    /// Decides one occurrence. `planned` is what ``plan(for:)`` gave for it.
    func settle(_ occurrence: Occurrence, planned: [Event], _ state: TransactionState) throws -> Settlement
    /// Puts the decision just made on the event, or on a destination's copy of it.
    func stamp(_ event: inout Event)
    /// Puts what the decision says of it on an event planned before that one, by
    /// its place among them. The default changes nothing.
    func stampPlanned(_ event: inout Event, at index: Int)
    /// All is decided: write the state.
    func end(_ state: TransactionState) throws
    /// The transaction is in the store.
    func committed()
    /// The time of a boot is known now: moves what the plugin keeps, between
    /// ``begin(_:)``, which it calls itself, and ``committed()``. The default
    /// changes nothing.
    func correct(_ correction: ClockCorrection, _ state: TransactionState) throws
    /// The same for a stored event: what the plugin put on it. Its timestamp is
    /// moved already. Whether anything was changed; the default changes nothing.
    func correct(_ event: inout JSONObject, by milliseconds: Int64, sessionIDs: [Int64: Int64]) -> Bool
}

@_spi(Sessions)
extension TransactionPlugin {
    public var judgesApplication: Bool { false }
    public func stampPlanned(_ event: inout Event, at index: Int) {}
    public func correct(_ correction: ClockCorrection, _ state: TransactionState) throws {}
    public func correct(_ event: inout JSONObject, by milliseconds: Int64, sessionIDs: [Int64: Int64]) -> Bool { false }
}

/// The store inside a transaction, for a ``TransactionPlugin``: good until it ends.
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

    /// Counts something that `status` shows.
    public func count(_ name: String, _ amount: Int64 = 1) throws { try store.counters.add(amount, to: name) }

    /// A value of the key-value store.
    public func text(_ key: String) throws -> String? { try store.keyValue.text(key) }

    /// Sets a value, or removes it with `nil`.
    public func set(_ key: String, _ value: String?) throws { try store.keyValue.set(key, value) }

    /// From here on, what is removed from the store is overwritten: it is of people
    /// who share the device. Each freed page costs a write.
    public func leaveNoTraces() throws { try store.leaveNoTraces() }

    /// What this transaction removes also leaves the -wal, when the transaction is stored.
    public func removeTraces() { removesTraces = true }
    private(set) var removesTraces = false

    /// Remembers when a session was open, for events that come late; `opened` is
    /// the moment of its first event.
    public func recordSession(
        id: Int64, openedAt opened: Moment, last: Timestamp
    ) throws {
        let row = clock.row(of: opened)
        try store.sessions.record(
            id: id, start: opened.wall.milliseconds, last: last.milliseconds, clock: row?.id ?? 0, event: nextEvent)
    }

    /// The session that was open at a time.
    public func session(covering time: Timestamp) throws -> Int64? {
        try store.sessions.id(covering: time.milliseconds)
    }

    /// Forgets all but the newest sessions.
    public func removeOldSessions() throws { try store.sessions.removeOldest() }
}
