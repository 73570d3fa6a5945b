// SPDX-License-Identifier: MIT
import CSystem
import FootfallStore
import Glibc
import Synchronization

/// Notices that a plugin does not return, and tells the host and other processes.
///
/// The pipeline's thread cannot notice it: it is in the plugin. So the uploader's thread looks,
/// by a timer that the pipeline sets before each of its rounds and stops behind it, and each
/// thread that calls the client looks once a round takes long. A healthy pipeline is never
/// woken for this, and neither is the uploader.
///
/// Under ``lock`` no other is taken but that of the file; the host is told without it.
final class PluginWatch: @unchecked Sendable {
    let position: PluginPosition
    private let directory: StateDirectory
    private let source: String
    private let clock: SystemClock
    private let writesFiles: Bool
    /// Whether the plugins' numbers are stored. A command ends after one event: the numbers would
    /// take as long as the event.
    private let storesNumbers: Bool
    private let report: @Sendable (FootfallError) -> Void
    private let file: ProcessFile

    /// Nanoseconds since boot: when a look is due. `Int64.max` while the pipeline is in no round.
    private let lookAt = Atomic<Int64>(.max)
    /// Nanoseconds since boot: when the file of a plugin that has returned is removed.
    private let forgetAt = Atomic<Int64>(.max)
    private let isBlocked = Atomic(false)
    /// A timerfd that wakes the uploader; -1 while that has no thread.
    private let timer = Atomic<Int32>(-1)

    private let lock = Lock()
    // Protected by lock:
    private var ledger: PluginLedger
    private var detector = BlockDetector()
    private var found: BlockedPlugin?
    /// The plugins that the host was told of: it hears of each once.
    private var reported: Set<UInt64> = []

    init(_ configuration: Configuration, source: String, isSilent: Bool, gate: CallbackGate, file: ProcessFile) {
        self.file = file
        position = PluginPosition(configuration.clock, gate)
        directory = configuration.directory
        self.source = source
        clock = configuration.clock
        ledger = PluginLedger(creation: configuration.clock.boot())
        storesNumbers = !configuration.isRehearsal && configuration.role != .command
        writesFiles = !isSilent && !configuration.isRehearsal
        report = { gate.report($0) }
    }

    deinit { closeTimer() }

    // MARK: - The pipeline's thread

    /// The client has this plugin from now on, if need be in one of its destinations.
    func add(_ tally: PluginTally, of destination: String?) {
        lock.withLock { ledger.add(tally, of: destination) }
    }

    func remove(_ id: UInt64) { lock.withLock { ledger.remove(id) } }

    /// What the next transaction adds to the plugins' numbers in the store; `nil` for nothing.
    ///
    /// - Parameter now: When, in nanoseconds since boot.
    func numbers(at now: Int64) -> PluginLedger.Addition? {
        storesNumbers ? lock.withLock { ledger.due(at: now) } : nil
    }

    func stored(_ numbers: PluginLedger.Addition) { lock.withLock { ledger.stored(numbers) } }

    /// The client, or its process, ends: the next transaction takes the numbers.
    func storeNumbersNow() { lock.withLock { ledger.end() } }

    /// A round begins, or goes on without having blocked until now.
    func begin(at now: Int64) {
        let isFirst = lookAt.load(ordering: .relaxed) == .max
        lookAt.store(now &+ BlockDetector.firstLook, ordering: .sequentiallyConsistent)
        guard isFirst else { return }
        arm(BlockDetector.firstLook)
        if now >= forgetAt.load(ordering: .relaxed) { forget() }
    }

    /// The pipeline sleeps.
    func end() {
        guard lookAt.exchange(.max, ordering: .sequentiallyConsistent) != .max else { return }
        arm(0)
        guard isBlocked.load(ordering: .acquiring) else { return }
        lock.withLock { follow(detector.end()) }
    }

    /// The client is closed.
    func close() {
        end()
        forget()
    }

    /// Removes the files of dead processes.
    func removeDead() { if writesFiles { ProcessFile.removeDead(in: directory.run) } }

    // MARK: - Other threads

    /// The host called at a time since boot. It looks once a round takes long.
    @inline(__always)
    func called(at now: Int64) {
        if now >= lookAt.load(ordering: .relaxed) { look(at: now) }
    }

    /// On the uploader's thread, after each sleep.
    func wakes() {
        guard timer.load(ordering: .relaxed) >= 0 else { return }
        while true {
            let due = lookAt.load(ordering: .sequentiallyConsistent)
            guard due != .max else {
                arm(0)
                if lookAt.load(ordering: .sequentiallyConsistent) == .max { return }
                continue
            }
            let now = clock.boot()
            if now >= due { look(at: now) }
            arm(max(lookAt.load(ordering: .sequentiallyConsistent) &- now, 1))
            // The round may have ended meanwhile.
            if lookAt.load(ordering: .sequentiallyConsistent) != .max { return }
        }
    }

    /// Sets up the timer for the uploader's thread.
    ///
    /// - Returns: a descriptor that can be read when ``wakes()`` is to be called; -1 when the
    ///   process has no descriptor left. Then only the host's calls look.
    func openTimer() -> Int32 {
        let opened = timer.load(ordering: .acquiring)
        guard opened < 0 else { return opened }
        let descriptor = ftf_timerfd()
        timer.store(descriptor, ordering: .sequentiallyConsistent)
        // A round may be under way that found no timer.
        if lookAt.load(ordering: .sequentiallyConsistent) != .max { arm(BlockDetector.firstLook) }
        return descriptor
    }

    private func arm(_ nanoseconds: Int64) {
        let descriptor = timer.load(ordering: .relaxed)
        if descriptor >= 0 { ftf_timerfd_set(descriptor, nanoseconds) }
    }

    /// Looks where the pipeline is.
    private func look(at now: Int64) {
        // Another thread looks now, or the host forks.
        guard lock.lock(until: 0) else { return }
        let due = lookAt.load(ordering: .sequentiallyConsistent)
        guard now >= due else { return lock.unlock() }
        let plugin = position.plugin
        let sample = BlockDetector.Sample(
            plugin: plugin, calls: position.calls, events: ledger.tally(plugin)?.numbers.events ?? 0)
        let error = follow(detector.look(plugin == 0 ? nil : sample, at: now))
        let interval = detector.isBlocked ? BlockDetector.blockedInterval : BlockDetector.interval
        // Not if the pipeline has begun another round, or sleeps.
        _ = lookAt.compareExchange(expected: due, desired: now &+ interval, ordering: .sequentiallyConsistent)
        lock.unlock()
        if let error { report(error) }
    }

    /// With the lock held.
    ///
    /// - Returns: what the host is to be told.
    @discardableResult
    private func follow(_ finding: BlockDetector.Finding) -> FootfallError? {
        switch finding {
        case .nothing: return nil
        case .blocked(let plugin, let since):
            isBlocked.store(true, ordering: .releasing)
            let tally = ledger.tally(plugin)
            let name = plugin == PluginPosition.closures ? "a closure of a call" : tally?.name ?? "a removed plugin"
            let now = clock.moment
            let age = max(now.bootNanoseconds &- since, 0)
            let found = BlockedPlugin(
                plugin: name, version: tally?.version, source: source,
                since: Timestamp(milliseconds: now.wall.milliseconds &- age / 1_000_000), sinceBoot: since,
                bootID: now.bootID)
            self.found = found
            write(found)
            guard reported.insert(plugin).inserted else { return nil }
            return FootfallError(
                .pluginBlocked,
                "\(name) has not returned for \(max((age + 500_000_000) / 1_000_000_000, 2)) s: the events behind it wait until it returns; mend it or remove it"
            )
        case .returned:
            isBlocked.store(false, ordering: .releasing)
            guard var found else { return nil }
            let now = clock.moment
            found.until = now.wall
            write(found)
            forgetAt.store(now.bootNanoseconds &+ BlockedPlugin.memory.nanoseconds, ordering: .relaxed)
            self.found = nil
            return nil
        }
    }

    private func write(_ found: BlockedPlugin) {
        forgetAt.store(.max, ordering: .relaxed)
        guard writesFiles else { return }
        // If the directory is of no use, the host has heard of it; it hears of the plugin as well.
        try? directory.create()
        file.set(found)
    }

    private func forget() {
        lock.withLock {
            forgetAt.store(.max, ordering: .relaxed)
            file.set(nil)
        }
    }

    private func closeTimer() {
        let descriptor = timer.exchange(-1, ordering: .acquiringAndReleasing)
        if descriptor >= 0 { Glibc.close(descriptor) }
    }

    // MARK: - fork

    /// Before fork: no thread looks while the process is copied.
    func holdForFork() { lock.lock() }

    func resumeInParent() { lock.unlock() }

    /// In a forked child, which has a pipeline of its own.
    func startAfreshInChild() {
        lock.reinitialize()
        position.leave()
        lookAt.store(.max, ordering: .relaxed)
        forgetAt.store(.max, ordering: .relaxed)
        isBlocked.store(false, ordering: .relaxed)
        closeTimer()
        ledger.startAfreshInChild(at: clock.boot())
        detector = BlockDetector()
        found = nil
        reported = []
    }
}
