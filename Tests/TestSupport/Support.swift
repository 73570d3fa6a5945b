// SPDX-License-Identifier: MIT
import CSystem
import Footfall
import FootfallStore
import Glibc

/// A directory that is removed with the object.
package final class TemporaryDirectory: Sendable {
    package let path: String

    package init() {
        path = "/tmp/footfall-test-\(UUIDv4.random())"
        mkdir(path, 0o700)
    }

    deinit { remove(path) }

    private func remove(_ path: String) {
        if let listing = opendir(path) {
            while let entry = readdir(listing) {
                let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
                }
                if name != ".", name != ".." { remove("\(path)/\(name)") }
            }
            closedir(listing)
            rmdir(path)
        } else {
            unlink(path)
        }
    }
}

/// A value that threads share.
package final class Guarded<Value>: @unchecked Sendable {
    private let lock = Lock()
    private var value: Value

    package init(_ value: Value) { self.value = value }

    package func read<R>(_ body: (inout Value) -> R) -> R { lock.withLock { body(&value) } }
    package var current: Value { read { $0 } }
}

/// Something that threads wait for, as often as it is raised.
package final class Signal: @unchecked Sendable {
    private let semaphore: UnsafeMutablePointer<sem_t>

    package init() {
        semaphore = .allocate(capacity: 1)
        sem_init(semaphore, 0, 0)
    }

    deinit {
        sem_destroy(semaphore)
        semaphore.deallocate()
    }

    package func raise() { sem_post(semaphore) }

    /// False when it is not raised within ten seconds.
    package func wait() -> Bool {
        var until = timespec()
        clock_gettime(CLOCK_REALTIME, &until)
        until.tv_sec += 10
        while sem_timedwait(semaphore, &until) != 0 { guard errno == EINTR else { return false } }
        return true
    }
}

/// A destination that keeps what it gets, and answers as it is told.
package final class RecordingDestination: DestinationPlugin {
    package let key: String
    package let name: String
    package let timeline = Timeline()
    package let delivery: RecordingDelivery

    package init(name: String = "recording", key: String? = nil, _ delivery: RecordingDelivery = RecordingDelivery()) {
        self.name = name
        self.key = key ?? name
        self.delivery = delivery
    }

    package func makeDelivery() -> (any Delivery)? { delivery }
}

package final class RecordingDelivery: Delivery {
    package let limits: BatchLimits
    /// Raised at each attempt.
    package let attempted = Signal()
    private let state = Guarded<State>(State())
    private let refuses: @Sendable (JSON) -> Bool

    private struct State {
        var bodies: [JSON] = []
        var batches: [Int] = []
        var attempts: [DeliveryAttempt] = []
        var outcomes: [DeliveryOutcome] = []
    }

    package init(
        limits: BatchLimits = .segment, outcomes: [DeliveryOutcome] = [],
        refuses: @escaping @Sendable (JSON) -> Bool = { _ in false }
    ) {
        self.limits = limits
        self.refuses = refuses
        state.read { $0.outcomes = outcomes }
    }

    package func begin(_ batch: DeliveryBatch, _ attempt: DeliveryAttempt) -> DeliveryStep {
        var bodies: [JSON] = []
        batch.forEach { bodies.append((try? JSONParser.parse($0)) ?? .null) }
        defer { attempted.raise() }
        return .finished(
            state.read { state in
                state.batches.append(batch.count)
                state.attempts.append(attempt)
                var outcome = state.outcomes.isEmpty ? DeliveryOutcome.accepted : state.outcomes.removeFirst()
                if outcome == .accepted, bodies.contains(where: refuses) { outcome = .refused("told so") }
                if outcome == .accepted { state.bodies += bodies }
                return outcome
            })
    }

    /// What was accepted, in order.
    package var bodies: [JSONObject] { state.current.bodies.compactMap(\.objectValue) }
    /// How many events each attempt had.
    package var batches: [Int] { state.current.batches }
    package var attempts: [DeliveryAttempt] { state.current.attempts }
    package var names: [String] { bodies.map { $0["event"]?.stringValue ?? $0["type"]?.stringValue ?? "?" } }
}

/// A clock that stands still until it is moved.
package final class TestClock: Sendable {
    private let time: Guarded<(wall: Int64, boot: Int64)>
    package let bootID: String
    private let notBefore: Int64
    private let isSynchronized = Guarded(false)

    /// - Parameter notBefore: A wall time before this is wrong.
    package init(wall: Int64 = 1_700_000_000_000, bootID: String = "boot", notBefore: Int64 = 0) {
        // Boot time goes on for the threads' own sleeping.
        time = Guarded((wall, 0))
        self.bootID = bootID
        self.notBefore = notBefore
    }

    /// The wall time now, as it is told.
    package var wall: Int64 { time.current.wall }

    /// Time passes, on both clocks.
    package func advance(_ duration: Duration) {
        time.read {
            $0.wall += duration.nanoseconds / 1_000_000
            $0.boot += duration.nanoseconds
        }
    }

    /// Somebody sets the clock.
    package func step(_ duration: Duration) { time.read { $0.wall += duration.nanoseconds / 1_000_000 } }

    /// A time service keeps it right from now on, or no longer.
    package func synchronize(_ isSynchronized: Bool) { self.isSynchronized.read { $0 = isSynchronized } }

    package var clock: SystemClock {
        SystemClock(
            wall: { [time] in Timestamp(milliseconds: time.current.wall) },
            boot: { [time] in footfall_boot_nanoseconds() + time.current.boot }, bootID: bootID,
            notBefore: Timestamp(milliseconds: notBefore),
            isSynchronized: { [isSynchronized] in isSynchronized.current })
    }
}

extension Configuration {
    package static func test(_ directory: TemporaryDirectory, _ clock: TestClock? = nil) -> Configuration {
        let configuration = Configuration(writeKey: "KEY").stateDirectory(directory.path).flushAt(1_000_000)
            .flushInterval(.zero)
        return clock.map { configuration.clock($0.clock) } ?? configuration
    }
}

/// The numbers of a store, looked at from outside.
package func inspect<R>(_ directory: TemporaryDirectory, _ body: (Store) throws -> R) throws -> R {
    try body(try Store(path: StateDirectory(path: directory.path).database))
}

/// Whether the law holds for every destination, by counting the rows.
package func lawHolds(_ directory: TemporaryDirectory) throws -> Bool {
    try inspect(directory) { store in
        let rows = try store.connection.integer("SELECT count(*) FROM event")
        guard try store.counters.value(CounterTable.rows) == rows else { return false }
        return try store.destinations.all().allSatisfy { row in
            let letters = try store.connection.integer(
                "SELECT count(*) FROM exception WHERE destination = \(row.id) AND kind = \(DestinationTable.deadLetter)"
            )
            return try row.queued == store.events.queued(for: row.id, after: row.position)
                && row.deadLettered == letters
        }
    }
}

/// Runs a body on several threads at once and waits for them.
package func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
    final class Start {
        let index: Int
        let body: @Sendable (Int) -> Void
        init(_ index: Int, _ body: @escaping @Sendable (Int) -> Void) {
            self.index = index
            self.body = body
        }
    }
    var threads: [pthread_t] = []
    for index in 0..<count {
        var thread = pthread_t()
        let start = Unmanaged.passRetained(Start(index, body)).toOpaque()
        pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
                start.body(start.index)
                return nil
            }, start)
        threads.append(thread)
    }
    for thread in threads { pthread_join(thread, nil) }
}
