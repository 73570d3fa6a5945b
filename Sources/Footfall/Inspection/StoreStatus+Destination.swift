// SPDX-License-Identifier: MIT
import FootfallStore

extension StoreStatus {
    /// How long the oldest event has waited.
    package struct Age: Sendable, Equatable {
        /// Milliseconds.
        package var milliseconds: Int64
        /// Whether an older event may wait: a large store is not read to its end.
        package var isAtLeast = false

        package init(milliseconds: Int64, isAtLeast: Bool = false) {
            self.milliseconds = milliseconds
            self.isAtLeast = isAtLeast
        }

        /// Whole seconds.
        package var seconds: Int64 { milliseconds / 1_000 }
    }

    /// What became of a destination's attempts since it has its row, or since a version that counts them.
    package struct Attempts: Sendable {
        /// When it took an event; `nil` when it has taken none.
        package var lastSuccess: Timestamp?
        /// When an attempt ended; `nil` when none did.
        package var lastAttempt: Timestamp?
        /// The HTTP status of the last answer; `nil` when the last request got none.
        package var lastStatus: Int64?
        /// Requests that succeeded.
        package var successes: Int64 = 0
        /// Requests that failed.
        package var failures: Int64 = 0
        /// Bytes of the bodies of requests, after compression.
        package var sentBytes: Int64 = 0

        package init() {}

        init(of name: String, _ counters: [String: Int64]) {
            func value(_ counter: DestinationCounter) -> Int64? { counters[counter.name(of: name)] }
            func time(_ counter: DestinationCounter) -> Timestamp? {
                value(counter).flatMap { $0 > 0 ? Timestamp(milliseconds: min($0, Timestamp.latest)) : nil }
            }
            lastSuccess = time(.lastSuccess)
            lastAttempt = time(.lastAttempt)
            lastStatus = value(.lastStatus).flatMap { $0 > 0 ? $0 : nil }
            successes = value(.successes) ?? 0
            failures = value(.failures) ?? 0
            sentBytes = value(.sentBytes) ?? 0
        }
    }
}

extension StoreStatus.Destination {
    /// A destination of a configuration that the store does not have.
    package init(unstored name: String, state: String) {
        self.name = name
        (routed, delivered, dropped, deadLettered, queued) = (0, 0, 0, 0, 0)
        self.state = state
        isStored = false
    }

    /// How many rows are looked at for the oldest event: 10,000 take a few milliseconds.
    static let lookedAt = 10_000

    init(
        _ row: DestinationRow, _ reading: StoreStatus.Reading, _ directory: StateDirectory
    ) throws(StoreError) {
        let store = reading.store
        let retry = row.retry.flatMap { RetryRecord($0) }
        name = row.name
        routed = row.routed
        delivered = row.delivered
        dropped = row.dropped
        deadLettered = row.deadLettered
        queued =
            try reading.countsRows ? store.events.queued(for: row.id, after: row.position) : max(row.queued, 0)
        state = retry?.state ?? "ready"
        lastError = retry?.lastError
        // A destination's next attempt is stored by the clock as it is.
        nextAttempt = retry?.nextAttempt.flatMap { $0 > reading.now.wall ? $0 : nil }
        attempts = StoreStatus.Attempts(of: row.name, reading.counters)
        if row.queued > 0 { oldest = try Self.oldest(row, reading) }
        switch UploaderLock.holder(of: directory.uploaderLock(row.name)) {
        case .unheld: break
        case .process: isDelivered = true
        // A lock that cannot be used keeps every process from delivering.
        case .unusable(let problem):
            state = "blocked"
            lastError = "\(problem)"
        }
    }

    private static func oldest(
        _ row: DestinationRow, _ reading: StoreStatus.Reading
    ) throws(StoreError) -> StoreStatus.Age? {
        switch try reading.listing.oldest(for: row.id, after: row.position, limit: lookedAt) {
        case .none: return nil
        case .event(let id): return try reading.age(of: id, isAtLeast: false)
        case .atLeast(let id): return try reading.age(of: id, isAtLeast: true)
        case .unknown: return StoreStatus.Age(milliseconds: 0, isAtLeast: true)
        }
    }
}

extension StoreStatus {
    /// What the numbers of one look come from.
    struct Reading {
        let store: Store
        let listing: EventListing
        let counters: [String: Int64]
        /// As the clock shows it.
        let now: Moment
        /// Whether waiting events are counted, and not taken from the sums.
        let countsRows: Bool
        private let ages: EventAges

        init(
            _ store: Store, _ counters: [String: Int64], _ clocks: ClockStateMachine, now: Moment, countsRows: Bool
        ) throws(StoreError) {
            self.store = store
            self.counters = counters
            self.now = now
            self.countsRows = countsRows
            listing = EventListing(store)
            ages = try EventAges(store, clocks, now: now)
        }

        /// - Returns: `nil` when there is no such event.
        func age(of id: Int64, isAtLeast: Bool = false) throws(StoreError) -> Age? {
            try listing.row(id).map { Age(milliseconds: ages.age(of: $0), isAtLeast: isAtLeast) }
        }
    }
}
