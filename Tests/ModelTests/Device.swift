// SPDX-License-Identifier: MIT
import FootfallStore
import TestSupport

@testable import Footfall

/// The real parts, without threads: the store on a disk in memory, the batch writer, the
/// destination queues and the retry machines, with a clock that the test sets.
final class Device {
    final class Time: @unchecked Sendable {
        var wall: Int64 = 1_800_000_000_000
        var boot: Int64 = 1_000_000_000
        var bootID = "1"
    }

    /// As small as possible, so that each limit is reached.
    static let limits = StoreLimits(bytes: 4 << 20, events: 100)

    let time = Time()
    let disk: Disk
    let store: SerializedStore
    private var writer: BatchWriter
    var machines = [RetryStateMachine(), RetryStateMachine()]
    var random: SplitMix64
    private var number = 0
    var history = History()
    var servers = [Server(), Server()]
    /// The result of a batch that came while the disk was full: it is stored before anything else.
    var unsettled: [Unsettled?] = [nil, nil]
    private(set) var clock: SystemClock
    private var operations = 0
    private let chain = Timeline()
    private let faulty = Faulty()

    init(seed: UInt64, disk: Disk) throws {
        self.disk = disk
        try disk.reset()
        random = SplitMix64(seed: seed)
        store = SerializedStore(
            directory: disk.directory, use: .longLived, limits: Self.limits, mayUseMemory: false, report: { _ in })
        clock = Self.clock(time)
        writer = BatchWriter(clock: clock) { _ in nil }
        chain.add(faulty)
    }

    deinit { store.close() }

    private static func clock(_ time: Time) -> SystemClock {
        SystemClock(wall: { Timestamp(milliseconds: time.wall) }, boot: { time.boot }, bootID: time.bootID)
    }

    /// Lets something happen, and compares.
    func run(_ operation: Operation) throws {
        operations += 1
        do {
            try perform(operation)
            if !disk.isOff { try compare(isThorough: operations % 16 == 0) }
        } catch is StoreError where disk.isOff {
            // The power was cut meanwhile.
        }
        guard disk.isOff else { return }
        store.close()
        disk.start()
        beginBoot()
        try lookWhatIsLeft()
        try restart()
        try compare(isThorough: false)
    }

    private func perform(_ operation: Operation) throws {
        switch operation {
        case .track(let tracked): try track(tracked)
        case .upload(let destination, let answer, let dies): try upload(destination, answer, dies)
        case .tick(let seconds):
            time.wall += Int64(seconds) * 1_000
            time.boot += Int64(seconds) * 1_000_000_000
            disk.tidy(store)
        case .setClock(let seconds): time.wall = max(time.wall + Int64(seconds) * 1_000, 0)
        case .reboot:
            beginBoot()
            try restart()
        case .kill:
            store.close()
            try restart()
        case .cut(let steps, let seed): disk.cut(after: steps, seed: seed)
        case .full(let room): disk.setFull(true, room: room)
        case .hasRoom: disk.setFull(false)
        case .optOut: try optOut()
        case .retryDeadLetters: try changeLetters({ $0.queueAgain }, then: { $0.retry() })
        case .purgeDeadLetters: try changeLetters({ $0.removeDeadLetter }, then: { $0.purgeDeadLetters() })
        }
    }

    private func beginBoot() {
        time.boot = 1_000_000_000
        time.bootID += "1"
        clock = Self.clock(time)
    }

    func restart() throws {
        for destination in machines.indices {
            if let lost = unsettled[destination] { servers[destination].mayRepeat.formUnion(lost.arrived) }
            unsettled[destination] = nil
        }
        writer = BatchWriter(clock: clock) { _ in nil }
        try store.withStore { (store) throws(StoreError) in
            for destination in machines.indices {
                machines[destination] = RetryRecord.machine(
                    of: try store.destinations.row(Int64(destination)), now: time.boot,
                    wall: Timestamp(milliseconds: time.wall))
            }
        }
    }

    /// Nothing when the disk is full, and the store says so.
    func unlessFull<R>(_ body: () throws(StoreError) -> R) throws -> R? {
        do {
            return try body()
        } catch {
            guard error.isFull, disk.isFull else { throw error }
            return nil
        }
    }

    private func track(_ tracked: Operation.Tracked) throws {
        var batch = Batch()
        let first = number
        for _ in 0..<tracked.count {
            number += 1
            var event = Event(type: .track, timestamp: Timestamp(milliseconds: time.wall), anonymousId: "a")
            event.event = "e"
            event.properties = ["n": .int(Int64(number))]
            event.bootNanoseconds = time.boot
            event.priority = Priority(rawValue: tracked.priority) ?? .normal
            faulty.fails = tracked.throwsAtEach > 0 && number % tracked.throwsAtEach == 0
            guard chain.runBefore(&event) == .keep else { continue }
            batch.items.append(writer.item(PreparedEvent(event: event, routes: Routes(bits: 3)), hasPlugin: false))
        }
        // Nothing is promised of events that were not stored when the process ended.
        if tracked.dies { return try restart() }
        var model = history.now
        model.makeRoom(for: tracked.count, limit: Int(Self.limits.events))
        for number in (first + 1)...number { model.track(number, priority: tracked.priority) }
        history.begin(model)
        let outcome = try unlessFull { () throws(StoreError) in
            let erasure = try store.withStore(Erasure.state).number
            return try writer.write(
                &batch, store: store, plugin: nil, synchronous: tracked.syncs ? .full : .normal, erasure: erasure)
        }
        writer.removeAll()
        guard outcome != nil else { return try refused() }
        history.commit(model, synced: tracked.syncs)
    }

    /// The disk is full: nothing has changed.
    func refused() throws {
        history.refuse()
        try compare(isThorough: true)
    }

    /// The user opts out and in again.
    private func optOut() throws {
        let before = history.now
        var model = before
        model.optOut()
        history.begin(model)
        let done: Void? = try unlessFull { () throws(StoreError) in
            try store.withRoom { (store) throws(StoreError) in
                let erasure = Erasure(number: try Erasure.state(store).number + 1)
                _ = try erasure.run(store)
                _ = try erasure.wipe(store)
            }
        }
        if done == nil {
            // An opt-out takes several steps, and the first decides.
            let found = try store.withStore { (store) throws(StoreError) in try Model(store) }
            guard found != before else { return history.refuse() }
        }
        history.commit(model, synced: true)
    }

    private func changeLetters(
        _ body: (Store) -> (Int64, Int64) throws(StoreError) -> Bool, then change: (inout Model) -> Void
    ) throws {
        var model = history.now
        change(&model)
        history.begin(model)
        let done: Void? = try unlessFull { () throws(StoreError) in
            try store.withStore { (store) throws(StoreError) in
                try store.transaction(.full) { (_) throws(StoreError) in
                    for letter in try store.destinations.deadLetters() {
                        _ = try body(store)(letter.event, letter.destination)
                    }
                }
            }
        }
        guard done != nil else { return try refused() }
        history.commit(model, synced: model != history.now)
    }
}

/// Throws when it is told to, and has changed the event by then: that must leave no trace.
private final class Faulty: ThrowingPlugin {
    struct Fault: Error {}

    let type = PluginType.before
    var fails = false

    func attempt(_ event: inout Event) throws -> Verdict {
        guard fails else { return .keep }
        event.properties["n"] = -1
        event.priority = .low
        throw Fault()
    }
}
