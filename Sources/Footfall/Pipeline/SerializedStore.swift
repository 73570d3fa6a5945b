// SPDX-License-Identifier: MIT
import CSystem
import FootfallJSON
import FootfallStore
import Glibc
import Synchronization

/// The one connection of a client to its store. The pipeline and the uploader use it in
/// turn. It is opened at its first use, and closed around fork.
///
/// If the directory cannot be used (it is read-only, a link, another user's, or of a later
/// version), the store is in memory: its events are delivered, and lost with the process.
final class SerializedStore: @unchecked Sendable {
    let lock = Lock()
    private let directory: StateDirectory
    private let reserve: DiskReserve
    private let clock: SystemClock
    private let use: Store.Use
    private let limits: StoreLimits
    /// Whether a store in memory is allowed: a command rather fails.
    private let mayUseMemory: Bool
    private let report: @Sendable (FootfallError) -> Void
    /// Says that this process has the store open; `nil` for a process that has one copy of this library.
    private let processFile: ProcessFile?
    // Protected by lock:
    private var store: Store?
    private var storeLock: StoreLock?
    private var readErrors = ReadErrors()
    /// Whether this is a forked child whose parent could not close the store in time. It
    /// must never open the store.
    private var isForbidden = false
    /// Whether SQLite found damage, which is repaired when the store is opened again.
    private var isDoubtful = false
    // Atomic, since the pipeline and the uploader read it without the lock.
    private let isInMemoryFlag = Atomic(false)

    /// Whether the store is in memory.
    private(set) var isInMemory: Bool {
        get { isInMemoryFlag.load(ordering: .acquiring) }
        set { isInMemoryFlag.store(newValue, ordering: .releasing) }
    }

    init(
        directory: StateDirectory, use: Store.Use, limits: StoreLimits, mayUseMemory: Bool,
        clock: SystemClock = .system, processFile: ProcessFile? = nil,
        report: @escaping @Sendable (FootfallError) -> Void
    ) {
        self.directory = directory
        self.clock = clock
        reserve = DiskReserve(directory)
        self.use = use
        self.limits = limits
        self.mayUseMemory = mayUseMemory
        self.report = report
        self.processFile = processFile
    }

    deinit {
        store = nil
        storeLock = nil
        processFile?.closeStore()
    }

    /// Whether the store is open. Its file may have been removed.
    var isOpen: Bool { lock.withLock { store != nil } }

    /// Whether removed rows must leave the -wal at once.
    var leavesNoTraces: Bool { lock.withLock { store?.leavesNoTraces ?? false } }

    /// Runs `body` with the store; opens it first if need be.
    func withStore<R>(_ body: (Store) throws(StoreError) -> R) throws(StoreError) -> R {
        var news: [FootfallError] = []
        let result: Result<R, StoreError> = lock.withLock {
            // The thread that writes may be the host's: a limit on file sizes must not end it.
            var held = ftf_size_signal()
            ftf_size_signal_hold(&held)
            defer { ftf_size_signal_release(&held) }
            do throws(StoreError) {
                return .success(try body(try openStore(&news)))
            } catch {
                if error.isCorrupt { closeDoubtful() }
                if error.isReadError { readFailed() }
                return .failure(error)
            }
        }
        // Without the lock: the host's error handler may call the client.
        for problem in news { report(problem) }
        return try result.get()
    }

    /// Runs `body` with the store while no other process has it open. Throws EBUSY if one has.
    func withStoreAlone<R>(_ body: (Store) throws(StoreError) -> R) throws(StoreError) -> R {
        // This opens or repairs the store, or opens one in memory.
        _ = try withStore { (_) throws(StoreError) in true }
        if isInMemory { return try withStore(body) }
        return try lock.withLock { () throws(StoreError) in
            closeLocked()
            let alone = try storeLockAlone()
            defer { withExtendedLifetime(alone) {} }
            let isOnNetwork = directory.isOnNetwork
            return try body(try Store(path: directory.database, use: use, limits: limits, isOnNetwork: isOnNetwork))
        }
    }

    private func storeLockAlone() throws(StoreError) -> StoreLock {
        // A process that reads the store, or stores one event, is done in milliseconds.
        for _ in 0..<50 {
            if let lock = try? StoreLock(alone: directory.storeLock) { return lock }
            usleep(5_000)
        }
        return try StoreLock(alone: directory.storeLock)
    }

    /// Runs `body`, which marks events as delivered or removes them, with the store. On a full
    /// disk it uses the room that is kept for this.
    func withRoom<R>(_ body: (Store) throws(StoreError) -> R) throws(StoreError) -> R {
        do throws(StoreError) {
            return try withStore(body)
        } catch {
            guard error.isFull, !isInMemory else { throw error }
            reserve.release()
            return try withStore { (store) throws(StoreError) in
                // A checkpoint makes room in the -wal.
                store.connection.checkpoint()
                return try body(store)
            }
        }
    }

    /// Closes the store after a read error, so that it is opened again: the card may have
    /// been moved in its slot.
    private func readFailed() {
        guard !isInMemory else { return }
        closeLocked()
        if readErrors.failed(at: clock.boot()) { isDoubtful = true }
    }

    private func closeDoubtful() {
        guard !isInMemory else { return }
        isDoubtful = true
        closeLocked()
    }

    private func openStore(_ news: inout [FootfallError]) throws(StoreError) -> Store {
        if let store { return store }
        guard !isForbidden else {
            throw StoreError(
                .system(0), "opening \(directory.database)",
                "this process was forked while the store was in use; its events are in its spool")
        }
        if isDoubtful { try recover(&news) }
        do throws(StoreError) {
            return try openOnDisk(&news)
        } catch {
            if error.isCorrupt {
                isDoubtful = true
                try recover(&news)
                return try openOnDisk(&news)
            }
            if error.isFull {
                reserve.release()
                return try openOnDisk(&news)
            }
            guard error.isUnusable, mayUseMemory else { throw error }
            news.append(
                FootfallError(
                    .storeInMemory,
                    "events are kept in memory only and are lost with this process (\(error)); footfall doctor says more",
                    underlying: error))
            return try openInMemory()
        }
    }

    private func openOnDisk(_ news: inout [FootfallError]) throws(StoreError) -> Store {
        do throws(StoreError) {
            return try open(&news)
        } catch {
            // At the first start the directory is missing.
            guard error.isUnusable else { throw error }
            try directory.create()
            return try open(&news)
        }
    }

    private func open(_ news: inout [FootfallError]) throws(StoreError) -> Store {
        if let exposure = try directory.check() { news.append(FootfallError(.storeExposed, exposure)) }
        if let other = processFile?.openStore() {
            throw StoreError(
                .system(EPERM), "opening \(directory.database)",
                "another SQLite of this process has it open, \(other); link all of the process to one libsqlite3")
        }
        let stamp = SystemClock.system.wall().milliseconds
        let (sharing, repaired) = try StoreRecovery(directory, limits: limits).share(stamp: stamp)
        if let repaired { tell(repaired, &news) }
        let opened = try Store(
            path: directory.database, use: use, limits: limits, isOnNetwork: directory.isOnNetwork)
        storeLock = sharing
        store = opened
        return opened
    }

    private func openInMemory() throws(StoreError) -> Store {
        let most = Limits.memoryStore
        let opened = try Store(
            path: Store.memoryPath, use: use,
            limits: StoreLimits(
                bytes: min(limits.bytes, most.bytes), events: min(limits.events, most.events), age: limits.age))
        isInMemory = true
        store = opened
        return opened
    }

    /// Checks the database, and replaces it if it is damaged.
    private func recover(_ news: inout [FootfallError]) throws(StoreError) {
        let stamp = SystemClock.system.wall().milliseconds
        let recovery = StoreRecovery(directory, limits: limits, isUnreadable: readErrors.areDamage)
        let report = try recovery.run(stamp: stamp)
        isDoubtful = false
        readErrors = ReadErrors()
        if report.aside != nil { tell(report, &news) }
    }

    private func tell(_ report: StoreRecovery.Report, _ news: inout [FootfallError]) {
        let place = report.aside.map { "; the damaged file is \($0)" } ?? ""
        news.append(
            FootfallError(
                .storeRecovered,
                "the store was damaged: saved \(counted(report.salvaged, "event")), lost \(report.lost)\(place)"))
    }

    /// Closes the connection, which is opened again at the next use. The lock must be held. A
    /// store in memory stays open: closing it would lose its events.
    func closeLocked() {
        guard !isInMemory else { return }
        store = nil
        storeLock = nil
    }

    /// Keeps the files small, and the room for a full disk, if the store is open.
    func tidy() {
        lock.withLock {
            guard let store else { return }
            store.tidy()
            if !isInMemory { reserve.keep() }
        }
    }

    func close() { lock.withLock { closeLocked() } }

    /// In a forked child: a store in memory is its parent's. It is leaked, since closing it
    /// could wait for locks of threads that do not exist here.
    func startAfreshInChild() {
        lock.reinitialize()
        Store.reinitializeInChild()
        guard isInMemory, let store else { return }
        _ = Unmanaged.passRetained(store)
        self.store = nil
        isInMemory = false
    }

    /// In a forked child whose copy is not clean: the store is never opened.
    func forbidInChild() {
        lock.reinitialize()
        Store.reinitializeInChild()
        isForbidden = true
    }
}
