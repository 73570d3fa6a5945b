// SPDX-License-Identifier: MIT

/// An enrichment whose state is shared by all processes of a store, such as a session.
///
/// The chain cannot run inside the store's lock: a slow plugin of one process would
/// stop the others. So a transaction plugin is asked twice about each event. In the
/// chain, `execute` and ``plan(for:)`` use the plugin's own copy of the state, which
/// may be old. Inside the transaction, ``settle(_:planned:_:)`` decides with the
/// state that is in the store.
///
/// - **Thread**: the pipeline's, as for every ``Plugin``.
/// - **Order**: ``begin(_:)``, then ``settle(_:planned:_:)`` and, where it is asked for,
///   ``stamp(_:)`` for each occurrence in the order of the calls, then ``end(_:)``, then
///   ``committed()``. When the transaction fails or is planned anew, the next method
///   called is ``begin(_:)``.
/// - **Time**: between ``begin(_:)`` and ``end(_:)`` other processes cannot write: do not wait.
/// - **Errors**: what a method throws undoes the transaction, which is tried again
///   later. Let errors of ``TransactionState`` through.
@_spi(Sessions)
public protocol TransactionPlugin: EventPlugin {
    /// Whether ``Occurrence/application(_:_:)`` is to be judged. The default is false.
    var judgesApplication: Bool { get }
    /// The events that belong before an occurrence, by the plugin's own copy of the state.
    func plan(for occurrence: Occurrence) -> [Event]
    /// Whether an occurrence changes the state so much that it should be stored at
    /// once. It must change nothing.
    func isTurn(_ occurrence: Occurrence) -> Bool
    /// A transaction began: read the state.
    func begin(_ state: TransactionState) throws
    /// Decides one occurrence. `planned` is what ``plan(for:)`` returned for it.
    func settle(_ occurrence: Occurrence, planned: [Event], _ state: TransactionState) throws -> Settlement
    /// Puts the last decision on its event, or on a destination's copy of the event.
    func stamp(_ event: inout Event)
    /// Puts the last decision on an event that was planned before its event.
    ///
    /// - Parameter index: the place among the planned events. The default changes nothing.
    func stampPlanned(_ event: inout Event, at index: Int)
    /// All occurrences are decided: write the state.
    func end(_ state: TransactionState) throws
    /// The transaction is in the store.
    func committed()
    /// The true time of a boot became known: moves the times that the plugin keeps.
    ///
    /// The plugin calls ``begin(_:)`` and ``end(_:)`` itself. The default changes nothing.
    func correct(_ correction: ClockCorrection, _ state: TransactionState) throws
    /// Moves what the plugin put on a stored event whose timestamp was just moved.
    ///
    /// - Returns: whether anything was changed. The default changes nothing.
    func correct(_ event: inout JSONObject, by milliseconds: Int64, sessionIds: [Int64: Int64]) -> Bool
}

@_spi(Sessions)
extension TransactionPlugin {
    /// False.
    public var judgesApplication: Bool { false }
    /// Changes nothing.
    public func stampPlanned(_ event: inout Event, at index: Int) {}
    /// Changes nothing.
    public func correct(_ correction: ClockCorrection, _ state: TransactionState) throws {}
    /// Changes nothing.
    public func correct(_ event: inout JSONObject, by milliseconds: Int64, sessionIds: [Int64: Int64]) -> Bool { false }
}

/// What a ``TransactionPlugin`` decided with the state that is in the store.
@_spi(Sessions)
public enum Settlement {
    /// The event is stored as it is; the planned events are stored before it, or left out.
    case keep(withPlanned: Bool)
    /// ``TransactionPlugin/stamp(_:)`` changes the event before it is stored; the planned
    /// events are stored before it, or left out.
    case stamp(withPlanned: Bool)
    /// Other events belong before it than were planned. The transaction is undone, these
    /// events pass the chain, and the transaction is tried again.
    case plan([Event])
}
