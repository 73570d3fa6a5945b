// SPDX-License-Identifier: MIT
import FootfallStore
import Glibc

/// The events that destinations refused for their content, of one store.
///
/// It opens the store for a moment, from whatever thread it is called on; listing
/// changes nothing.
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
        public var destination: String
        public var reason: String
        /// When it was given up.
        public var at: Timestamp
        /// The event, as the destination was given it.
        public var body: String
    }

    private let directory: StateDirectory
    private let limits: StoreLimits

    public init(_ configuration: Configuration) {
        directory = configuration.directory
        limits = configuration.storeLimits
    }

    /// All there are, the oldest first. Throws ``FootfallError``.
    public func list() throws -> [Letter] {
        do throws(StoreError) {
            return try StoreReader(directory).read { (store) throws(StoreError) in
                try store.destinations.deadLetters().map(Self.letter)
            } ?? []
        } catch {
            throw FootfallError(.storeUnavailable, "the store cannot be read (\(error))", underlying: error)
        }
    }

    /// Removes those that are chosen, for ever; how many.
    @discardableResult
    public func purge(_ isChosen: (Letter) -> Bool = { _ in true }) throws -> Int {
        try change(isChosen) { (store, letter) throws(StoreError) in
            guard try store.removeDeadLetter(letter.event, of: letter.destination) else { return false }
            try store.counters.add(1, to: CounterTable.droppedPrefix + DropReason.deadLetter.rawValue)
            return true
        }
    }

    /// Queues those that are chosen again, behind what is queued; how many.
    @discardableResult
    public func sendAgain(_ isChosen: (Letter) -> Bool = { _ in true }) throws -> Int {
        let count = try change(isChosen) { (store, letter) throws(StoreError) in
            try store.queueAgain(letter.event, of: letter.destination)
        }
        // Whoever delivers looks again.
        if count > 0 { _ = utimensat(AT_FDCWD, directory.wake, nil, 0) }
        return count
    }

    private func change(
        _ isChosen: (Letter) -> Bool,
        _ body: (Store, DestinationTable.DeadLetter) throws(StoreError) -> Bool
    ) throws -> Int {
        try withStore { store in
            // The caller chooses outside the transaction, where no writer waits for it.
            // Letters that another process changed meanwhile are passed over: an
            // event is a dead letter of a destination once in its life.
            let chosen = try store.destinations.deadLetters().filter { isChosen(Self.letter($0)) }
            guard !chosen.isEmpty else { return 0 }
            return try store.transaction(.full) { (_) throws(StoreError) in
                var changed = 0
                for letter in chosen where try body(store, letter) { changed += 1 }
                return changed
            }
        } ?? 0
    }

    private func withStore<R>(_ body: (Store) throws -> R) throws -> R? {
        guard directory.absence != nil || access(directory.database, F_OK) == 0 else { return nil }
        do {
            return try StoreRecovery(directory, limits: limits).withStore(
                stamp: SystemClock.system.wall().milliseconds, body)
        } catch {
            throw FootfallError(.storeUnavailable, "the store cannot be used (\(error))", underlying: error)
        }
    }

    private static func letter(_ row: DestinationTable.DeadLetter) -> Letter {
        Letter(
            id: row.event, destination: row.name, reason: row.reason, at: Timestamp(milliseconds: row.at),
            body: row.body)
    }
}
