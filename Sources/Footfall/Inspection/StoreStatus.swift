// SPDX-License-Identifier: MIT
import FootfallStore
import Glibc

/// What a store holds, read without a client.
///
/// Reading opens the store for a moment, on the calling thread, and changes nothing. All
/// values are of one moment, whatever other processes write meanwhile. Without a store
/// they are 0 and empty.
///
/// ```swift
/// let status = try StoreStatus(configuration)
/// print("\(status.queued) events wait")
/// ```
public struct StoreStatus: Sendable {
    /// One destination: `routed = delivered + dropped + deadLettered + queued`.
    public struct Destination: Sendable {
        /// Its name in the configuration.
        public var name: String
        /// Events that were stored for it.
        public var routed: Int64
        /// Events that it took.
        public var delivered: Int64
        /// Events that were given up; ``StoreStatus/dropped`` has the reasons.
        public var dropped: Int64
        /// Events that it refused and that are kept; see ``DeadLetters``.
        public var deadLettered: Int64
        /// Events that wait: rows that were counted, not the rest of the sums.
        public var queued: Int64
        /// `ready`, `retrying`, `waiting`, `blocked` or `refusing`.
        public var state: String
        /// Why the last attempt failed; `nil` after a success.
        public var lastError: String?
        /// When the next attempt is made; `nil` when nothing delays it, or not any more.
        public var nextAttempt: Timestamp?
        /// Whether a process delivers to it now.
        package var isDelivered = false
    }

    /// The visit that is open.
    public struct Visit: Sendable {
        /// The anonymousId of the visit.
        public var id: String
        /// The userId that the visitor was identified with.
        public var userId: String?
        /// When the visit began.
        public var began: Timestamp
        /// The last interaction.
        public var lastActivity: Timestamp
        /// Whether idleness does not end the visit at the moment.
        public var isPaused: Bool
        /// Whether there was any interaction.
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

    /// The path of the database.
    public var path: String
    /// The size of the database with its -wal, in bytes.
    public var bytes: Int64 = 0
    /// Events that are in the store now.
    public var queued: Int64 = 0
    /// Events that were stored since the store was made.
    public var stored: Int64 = 0
    /// Deliveries since the store was made; an event for two destinations counts twice.
    public var delivered: Int64 = 0
    /// Events that were dropped, by ``DropReason``.
    public var dropped: [(reason: String, count: Int64)] = []
    /// The id of the session that the store has as open; `nil` when there is none. A
    /// session whose limit is over stays open in the store until a program ends it.
    public var sessionId: Int64?
    /// The last event of the session.
    public var lastAccess: Timestamp?
    /// The session that ended last, and when; `nil` when none did.
    package var endedSession: (id: Int64, at: Timestamp)?
    /// When the last visit ended, and why; `nil` when none did.
    package var endedVisit: (at: Timestamp, reason: String)?
    /// The session's record, for a session plugin.
    package var storedSession: StoredSession?
    /// When the store was read, with the right wall time where it is known.
    package var moment = SystemClock.system.moment
    /// Whether the user opted out, or why that cannot be read.
    package var optOut: Result<Bool, StoreError> = .success(false)
    /// The visit that is open; see `Visitor`.
    public var visit: Visit?
    /// Whether attract mode is on.
    public var isAttracting = false
    /// Visits that ended, and those of them without any interaction.
    public var visits: (ended: Int64, empty: Int64) = (0, 0)
    /// The destinations that the store knows, those of earlier configurations too.
    public var destinations: [Destination] = []
    /// The sums of destinations that were removed from the store. Events that still
    /// waited for them count as dropped.
    public var removed: (routed: Int64, delivered: Int64, dropped: Int64) = (0, 0, 0)
    /// Whether an opt-out or a deletion is not finished: the file may still contain what
    /// was removed, because another program reads from it.
    public var isErasing = false
    /// Spools of programs that are not running.
    public var orphans = 0
    /// What the plugins of each source did.
    package var plugins: [PluginActivity] = []
    /// The plugins that are off.
    package var off: [PluginOff] = []
    /// Events that left the chain.
    package var held: [HeldEvents] = []
    /// The plugins that do not return, or did not until a moment ago, in all processes.
    package var blocked: [BlockedPlugin] = []

    /// Reads the store of a configuration. Throws ``FootfallError`` when it cannot be read.
    public init(_ configuration: Configuration) throws {
        let access = StoreAccess(configuration)
        path = access.directory.database
        optOut =
            switch ConsentFile(access.directory).read() {
            case .optedOut: .success(true)
            case .recording: .success(false)
            case .unreadable(let error): .failure(.system("reading whether the user opted out", error))
            }
        let isThere: Void? = try access.read { (store) throws(StoreError) in
            try self.read(store, in: access.directory)
        }
        // A plugin may block before the first event is stored.
        blocked = BlockedPlugin.all(in: access.directory, at: configuration.clock.moment)
        off = PluginOff.all(in: access.directory, configuration.clock)
        held = HeldEvents.all(in: access.directory)
        guard isThere != nil else { return }
        bytes = Self.size(path) + Self.size("\(path)-wal")
        orphans = OrphanSpool.foreign(directory: access.directory.spools, source: "")
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
        sessionId = session.id
        lastAccess = session.lastAccess.map { Timestamp(milliseconds: $0) }
        visit = session.visit.map { Visit($0) }
        isAttracting = session.attractBootID == SystemClock.system.bootID
        storedSession = session
        if let last = try store.sessions.latest(), last.id != session.id {
            endedSession = (last.id, Timestamp(milliseconds: last.end))
        }
        let clocks = ClockStateMachine(notBefore: SystemClock.system.notBefore, rows: try store.clocks.all())
        // A destination's next attempt is stored by the clock as it is.
        let wall = moment.wall
        if let time = clocks.corrected(moment) { moment.wall = time }
        plugins = try PluginActivity.all(store)
        for row in try store.destinations.all() {
            destinations.append(try Destination(row, store, directory, now: wall))
        }
    }
}

extension StoreStatus.Destination {
    fileprivate init(
        _ row: DestinationRow, _ store: Store, _ directory: StateDirectory, now: Timestamp
    ) throws(StoreError) {
        let retry = row.retry.flatMap { RetryRecord($0) }
        name = row.name
        routed = row.routed
        delivered = row.delivered
        dropped = row.dropped
        deadLettered = row.deadLettered
        queued = try store.events.queued(for: row.id, after: row.position)
        state = retry?.state ?? "ready"
        lastError = retry?.lastError
        nextAttempt = retry?.nextAttempt.flatMap { $0 > now ? $0 : nil }
        switch UploaderLock.holder(of: directory.uploaderLock(row.name)) {
        case .unheld: break
        case .process: isDelivered = true
        // A lock that cannot be used keeps every process from delivering.
        case .unusable(let problem):
            state = "blocked"
            lastError = "\(problem)"
        }
    }
}
