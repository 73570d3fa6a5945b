// SPDX-License-Identifier: MIT
import FootfallStore

/// The dead letters of a store: events that a destination refused for their content.
///
/// Each call opens the store for a moment, on the calling thread, and throws
/// ``FootfallError`` when that is not possible. Without a store there are no dead letters.
///
/// ```swift
/// let letters = DeadLetters(configuration)
/// for letter in try letters.list() { print(letter.reason, letter.body) }
/// try letters.sendAgain { $0.destination == "segment" }
/// ```
public struct DeadLetters: Sendable {
    /// One event that one destination refused.
    public struct Letter: Sendable {
        /// The event's number in the store.
        public var id: Int64
        /// The name of the destination.
        public var destination: String
        /// What the destination said, at most 256 bytes of it.
        public var reason: String
        /// When the event became a dead letter.
        public var at: Timestamp
        /// The event as the destination got it: JSON text.
        public var body: String

        init(_ row: DestinationTable.DeadLetter) {
            id = row.event
            destination = row.name
            reason = row.reason
            at = Timestamp(milliseconds: row.at)
            body = row.body
        }
    }

    let store: StoreAccess

    /// The dead letters in the store of a configuration.
    public init(_ configuration: Configuration) { store = StoreAccess(configuration) }

    /// All dead letters, the oldest first. Changes nothing.
    public func list() throws -> [Letter] {
        try store.read { (store) throws(StoreError) in try store.destinations.deadLetters().map { Letter($0) } } ?? []
    }

    /// Events that left the chain, which are no dead letters. Changes nothing.
    package var held: [HeldEvents] { HeldEvents.all(in: store.directory) }

    /// Removes dead letters for ever.
    ///
    /// - Parameter isChosen: Which ones; the default is all.
    /// - Returns: how many.
    @discardableResult
    public func purge(_ isChosen: (Letter) -> Bool = { _ in true }) throws -> Int {
        try change(isChosen) { (store, letter) throws(StoreError) in
            guard try store.removeDeadLetter(letter.event, of: letter.destination) else { return false }
            try store.counters.add(1, to: CounterTable.droppedPrefix + DropReason.deadLetter.rawValue)
            return true
        }
    }

    /// Queues dead letters once more, behind the events that wait already.
    ///
    /// - Parameter isChosen: Which ones; the default is all.
    /// - Returns: how many.
    @discardableResult
    public func sendAgain(_ isChosen: (Letter) -> Bool = { _ in true }) throws -> Int {
        let count = try change(isChosen) { (store, letter) throws(StoreError) in
            try store.queueAgain(letter.event, of: letter.destination)
        }
        if count > 0 { store.wakeUploader() }
        return count
    }

    private func change(
        _ isChosen: (Letter) -> Bool,
        _ body: (Store, DestinationTable.DeadLetter) throws(StoreError) -> Bool
    ) throws -> Int {
        try store.change { store in
            // The caller's closure runs outside the transaction, so that no writer waits
            // for it. A letter that another process changes meanwhile is left out: an
            // event is a dead letter of a destination only once.
            let chosen = try store.destinations.deadLetters().filter { isChosen(Letter($0)) }
            guard !chosen.isEmpty else { return 0 }
            return try store.transaction(.full) { (_) throws(StoreError) in
                var changed = 0
                for letter in chosen where try body(store, letter) { changed += 1 }
                return changed
            }
        } ?? 0
    }
}
