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
        /// Events that wait, by the sums that the store keeps.
        public var queued: Int64
        /// `ready`, `retrying`, `waiting`, `blocked` or `refusing`.
        public var state: String
        /// Why the last attempt failed; `nil` after a success.
        public var lastError: String?
        /// When the next attempt is made; `nil` when nothing delays it, or not any more.
        public var nextAttempt: Timestamp?
        /// Whether a process delivers to it now.
        package var isDelivered = false
        /// Whether the store has it; otherwise only the configuration does.
        package var isStored = true
        /// How long its oldest event has waited; `nil` when none waits.
        package var oldest: Age?
        /// What became of its attempts.
        package var attempts = Attempts()
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
    /// Whether there is a store.
    package var isThere = false
    /// The size of the database with its -wal, in bytes.
    public var bytes: Int64 = 0
    /// How much the store may have, by the configuration.
    package var limits: (bytes: Int64, events: Int64) = (0, 0)
    /// How full the store is, from 0 to 1: at 1 the next event removes older ones.
    package var fill = 0.0
    /// Bytes of calls that programs have not stored yet, in their spools.
    package var spoolBytes: Int64 = 0
    /// How long the oldest event has waited, for whichever destination; `nil` when none waits.
    package var oldest: Age?
    /// Whether the wall clock is believed.
    package var isClockTrusted = true
    /// When the user opted out; `nil` when the user did not, or when that is not known.
    package var optedOutSince: Timestamp?
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
    public init(_ configuration: Configuration) throws { try self.init(configuration, countsRows: false) }

    /// - Parameter countsRows: Whether the events that wait are counted. Otherwise ``Destination/queued`` is the
    ///   rest of the destination's sums, which the store keeps: a million rows take 0.3 s to count.
    package init(_ configuration: Configuration, countsRows: Bool) throws {
        let access = StoreAccess(configuration)
        path = access.directory.database
        optOut =
            switch ConsentFile(access.directory).read() {
            case .optedOut: .success(true)
            case .recording: .success(false)
            case .unreadable(let error): .failure(.system("reading whether the user opted out", error))
            }
        if case .success(true) = optOut { optedOutSince = Self.lastChange(of: access.directory.optedOut) }
        moment = configuration.clock.moment
        let limits = configuration.storeLimits
        self.limits = (limits.bytes, limits.events)
        isThere =
            try access.read { (store) throws(StoreError) in
                try self.read(store, in: access.directory, configuration, countsRows)
                return true
            } ?? false
        // A plugin may block before the first event is stored.
        blocked = BlockedPlugin.all(in: access.directory, at: configuration.clock.moment)
        off = PluginOff.all(in: access.directory, configuration.clock)
        held = HeldEvents.all(in: access.directory)
        spoolBytes = OrphanSpool.bytes(in: access.directory.spools)
        guard isThere else { return }
        bytes = Self.size(path) + Self.size("\(path)-wal")
        orphans = OrphanSpool.foreign(directory: access.directory.spools, source: "")
    }

    private static func size(_ path: String) -> Int64 {
        var status = stat()
        return stat(path, &status) == 0 ? Int64(status.st_size) : 0
    }

    private static func lastChange(of path: String) -> Timestamp? {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        return Timestamp(milliseconds: Int64(status.st_mtim.tv_sec) * 1_000 + Int64(status.st_mtim.tv_nsec) / 1_000_000)
    }

    private mutating func read(
        _ store: Store, in directory: StateDirectory, _ configuration: Configuration, _ countsRows: Bool
    ) throws(StoreError) {
        isErasing = try Erasure.state(store).step == .wiping
        let counters = try store.counters.all()
        // A counter with a slash belongs to one destination.
        for (name, value) in counters where !name.utf8.contains(UInt8(ascii: "/")) {
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
        let limits = configuration.storeLimits
        fill = max(
            Double(queued) / Double(limits.events), Double(try store.bytesInUse()) / Double(limits.databaseBytes))
        let session = try StoredSession(store)
        sessionId = session.id
        lastAccess = session.lastAccess.map { Timestamp(milliseconds: $0) }
        visit = session.visit.map { Visit($0) }
        isAttracting = session.attractBootID == SystemClock.system.bootID
        storedSession = session
        if let last = try store.sessions.latest(), last.id != session.id {
            endedSession = (last.id, Timestamp(milliseconds: last.end))
        }
        let now = moment
        let clock = configuration.clock
        let clocks = ClockStateMachine(notBefore: clock.notBefore, rows: try store.clocks.all())
        isClockTrusted = clock.isSynchronized() && now.wall >= clock.notBefore || clocks.isTrusted(now)
        if let time = clocks.corrected(now) { moment.wall = time }
        plugins = try PluginActivity.all(store)
        let values = Dictionary(counters.map { ($0.name, $0.value) }) { _, last in last }
        let reading = try Reading(store, values, clocks, now: now, countsRows: countsRows)
        for row in try store.destinations.all() { destinations.append(try Destination(row, reading, directory)) }
        oldest = destinations.compactMap(\.oldest).max { $0.milliseconds < $1.milliseconds }
        if destinations.isEmpty, let first = try store.events.oldestID() { oldest = try reading.age(of: first) }
    }
}
