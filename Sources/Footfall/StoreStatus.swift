// SPDX-License-Identifier: MIT
import FootfallStore
import Glibc

/// What a store holds, read from outside, without a client.
///
/// It opens the store for a moment, from whatever thread it is called on, and
/// makes none where there is none.
public struct StoreStatus: Sendable {
    /// How it stands with one destination.
    public struct Destination: Sendable {
        public var name: String
        public var routed: Int64
        public var delivered: Int64
        public var dropped: Int64
        public var deadLettered: Int64
        /// Counted, not computed.
        public var queued: Int64
        /// `ready`, `retrying`, `waiting`, `blocked` or `refusing`.
        public var state: String
        public var lastError: String?
        public var nextAttempt: Timestamp?
    }

    /// The database file.
    public var path: String
    /// Its size with its -wal.
    public var bytes: Int64 = 0
    /// Events in it.
    public var queued: Int64 = 0
    public var stored: Int64 = 0
    public var delivered: Int64 = 0
    public var dropped: [(reason: String, count: Int64)] = []
    /// `nil` when no session is open.
    public var sessionID: Int64?
    public var lastAccess: Timestamp?
    public var destinations: [Destination] = []
    /// Spools of programs that are not running.
    public var orphans = 0

    /// Reads the store of a configuration.
    public init(_ configuration: Configuration) throws {
        let directory = StateDirectory(
            path: configuration.stateDirectory
                ?? StateLocation.directory(named: configuration.application?.id ?? "default"))
        path = directory.database
        guard access(path, F_OK) == 0 else { return }
        do throws(StoreError) {
            try read(try Store(path: path))
        } catch {
            throw FootfallError(.storeUnavailable, "the store cannot be read (\(error))", underlying: error)
        }
        bytes = Self.size(path) + Self.size("\(path)-wal")
        orphans = OrphanSpool.foreign(directory: directory.spools, source: "")
    }

    private static func size(_ path: String) -> Int64 {
        var status = stat()
        return stat(path, &status) == 0 ? Int64(status.st_size) : 0
    }

    private mutating func read(_ store: Store) throws(StoreError) {
        for (name, value) in try store.counters.all() {
            switch name {
            case CounterTable.stored: stored = value
            case CounterTable.delivered: delivered = value
            case CounterTable.rows: queued = value
            case let name where name.hasPrefix(CounterTable.droppedPrefix):
                dropped.append((String(name.dropFirst(CounterTable.droppedPrefix.count)), value))
            default: break
            }
        }
        sessionID = try store.keyValue.text("analytics_session_id").flatMap { Int64($0) }
        lastAccess = try store.keyValue.text("analytics_session_id.last_access").flatMap { Int64($0) }
            .map { Timestamp(milliseconds: $0) }
        for row in try store.destinations.all() {
            let retry = row.retry.flatMap { RetryRecord($0) }
            destinations.append(
                Destination(
                    name: row.name, routed: row.routed, delivered: row.delivered, dropped: row.dropped,
                    deadLettered: row.deadLettered, queued: try store.events.queued(for: row.id, after: row.position),
                    state: retry?.state ?? "ready", lastError: retry?.lastError, nextAttempt: retry?.nextAttempt))
        }
    }

    /// As JSON, for programs.
    public var json: JSONObject {
        [
            "store": ["path": .string(path), "bytes": .int(bytes), "queued": .int(queued)],
            "counters": [
                "stored": .int(stored), "delivered": .int(delivered),
                "dropped": .object(JSONObject(dropped.map { ($0.reason, .int($0.count)) })),
            ],
            "session": .object(sessionJSON),
            "destinations": .array(
                destinations.map { row in
                    [
                        "name": .string(row.name), "routed": .int(row.routed), "delivered": .int(row.delivered),
                        "dropped": .int(row.dropped), "deadLettered": .int(row.deadLettered),
                        "queued": .int(row.queued), "state": .string(row.state),
                        "lastError": row.lastError.map { .string($0) } ?? .null,
                        "nextAttempt": row.nextAttempt.map { .string($0.description) } ?? .null,
                    ]
                }),
        ]
    }

    /// The session alone.
    public var sessionJSON: JSONObject {
        [
            "id": sessionID.map { .int($0) } ?? .null,
            "lastAccess": lastAccess.map { .int($0.milliseconds) } ?? .null,
        ]
    }
}
