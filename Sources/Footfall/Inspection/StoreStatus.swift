// SPDX-License-Identifier: MIT
import FootfallStore
import Glibc

/// What a store holds, read from outside, without a client.
///
/// It opens the store for a moment, from whatever thread it is called on, and
/// changes nothing: what it says is one state of the store, whatever other
/// processes write meanwhile. There may be no store yet; then all is 0.
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

    /// A visit that is open.
    public struct Visit: Sendable {
        /// Its anonymousId.
        public var id: String
        /// Who the visitor said to be.
        public var userId: String?
        public var began: Timestamp
        public var lastActivity: Timestamp
        public var isPaused: Bool
        public var hasInteraction: Bool

        init(_ visit: StoredVisit) {
            id = visit.anonymousId
            userId = visit.userId
            began = Timestamp(milliseconds: visit.began.wall)
            lastActivity = Timestamp(milliseconds: visit.last.wall)
            isPaused = visit.pausedSince != nil
            hasInteraction = visit.hasInteraction
        }
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
    /// The visit that is open; see `Visitor`.
    public var visit: Visit?
    /// Whether attract mode is on.
    public var isAttracting = false
    /// Visits that ended, and those of them without any interaction.
    public var visits: (ended: Int64, empty: Int64) = (0, 0)
    public var destinations: [Destination] = []
    /// The sums of destinations that were removed from the store; events that still
    /// waited for one count as dropped.
    public var removed: (routed: Int64, delivered: Int64, dropped: Int64) = (0, 0, 0)
    /// Whether an opt-out or a deletion is not finished: what it removed may still be
    /// found in the file, since another program reads from it.
    public var isErasing = false
    /// Spools of programs that are not running.
    public var orphans = 0

    /// Reads the store of a configuration.
    public init(_ configuration: Configuration) throws {
        let directory = configuration.directory
        path = directory.database
        do throws(StoreError) {
            guard
                try StoreReader(directory).read({ (store) throws(StoreError) in try self.read(store, in: directory) })
                    != nil
            else {
                return
            }
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

    private mutating func read(_ store: Store, in directory: StateDirectory) throws(StoreError) {
        isErasing = try Erasure.state(store).step == .wiping
        for (name, value) in try store.counters.all() {
            switch name {
            case CounterTable.stored: stored = value
            case CounterTable.delivered: delivered = value
            case CounterTable.rows: queued = value
            case CounterTable.removedRouted: removed.routed = value
            case CounterTable.removedDelivered: removed.delivered = value
            case CounterTable.removedDropped: removed.dropped = value
            case SessionCounter.visits: visits.ended = value
            case SessionCounter.emptyVisits: visits.empty = value
            case let name where name.hasPrefix(CounterTable.droppedPrefix):
                dropped.append((String(name.dropFirst(CounterTable.droppedPrefix.count)), value))
            default: break
            }
        }
        let session = try StoredSession(store)
        sessionID = session.id
        lastAccess = session.lastAccess.map { Timestamp(milliseconds: $0) }
        visit = session.visit.map { Visit($0) }
        isAttracting = session.attractBootID == SystemClock.system.bootID
        for row in try store.destinations.all() {
            let retry = row.retry.flatMap { RetryRecord($0) }
            var destination = Destination(
                name: row.name, routed: row.routed, delivered: row.delivered, dropped: row.dropped,
                deadLettered: row.deadLettered, queued: try store.events.queued(for: row.id, after: row.position),
                state: retry?.state ?? "ready", lastError: retry?.lastError, nextAttempt: retry?.nextAttempt)
            // A lock that cannot be used keeps every process from delivering.
            if case .unusable(let problem) = UploaderLock.holder(of: directory.uploaderLock(row.name)) {
                destination.state = "blocked"
                destination.lastError = "\(problem)"
            }
            destinations.append(destination)
        }
    }

    /// The visit alone, with the counts of those before.
    package var visitJSON: JSONObject {
        [
            "id": visit.map { .string($0.id) } ?? .null,
            "began": visit.map { .string($0.began.description) } ?? .null,
            "lastActivity": visit.map { .string($0.lastActivity.description) } ?? .null,
            "isPaused": .bool(visit?.isPaused ?? false), "hasInteraction": .bool(visit?.hasInteraction ?? false),
            "isAttracting": .bool(isAttracting), "ended": .int(visits.ended), "empty": .int(visits.empty),
        ]
    }

    /// As JSON, for programs.
    package var json: JSONObject {
        [
            "store": [
                "path": .string(path), "bytes": .int(bytes), "queued": .int(queued), "isErasing": .bool(isErasing),
            ],
            "counters": .object(countersJSON),
            "session": .object(sessionJSON), "visit": .object(visitJSON),
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

    private var countersJSON: JSONObject {
        var counters: JSONObject = [
            "stored": .int(stored), "delivered": .int(delivered),
            "dropped": .object(JSONObject(dropped.map { ($0.reason, .int($0.count)) })),
        ]
        guard removed.routed > 0 else { return counters }
        counters["removed"] = [
            "routed": .int(removed.routed), "delivered": .int(removed.delivered), "dropped": .int(removed.dropped),
        ]
        return counters
    }

    /// The session alone.
    package var sessionJSON: JSONObject {
        [
            "id": sessionID.map { .int($0) } ?? .null,
            "lastAccess": lastAccess.map { .int($0.milliseconds) } ?? .null,
        ]
    }
}
