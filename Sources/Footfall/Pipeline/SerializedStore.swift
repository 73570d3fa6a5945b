// SPDX-License-Identifier: MIT
import CSystem
import FootfallStore
import Glibc
import Synchronization

/// The one connection of a client to its store, for the pipeline and the
/// uploader in turn. It is opened at its first use, and closed around fork.
///
/// Where the directory cannot be used (read-only, somebody else's, a link, of a
/// later version) the store is in memory: what is there is delivered, and lost
/// with the process.
final class SerializedStore: @unchecked Sendable {
    let lock = Lock()
    private let directory: StateDirectory
    private let reserve: DiskReserve
    private let clock: SystemClock
    private var readErrors = ReadErrors()
    private let use: Store.Use
    private let limits: StoreLimits
    /// Whether a store in memory is better than none: not for a command.
    private let mayUseMemory: Bool
    private let report: @Sendable (FootfallError) -> Void
    private var store: Store?
    private var storeLock: StoreLock?
    /// A child whose parent could not close the store in time must never open it.
    private var isForbidden = false
    /// SQLite found damage; it is looked at when the store is opened again.
    private var isDoubtful = false
    private let isInMemoryFlag = Atomic(false)

    /// Whether there is no store on a disk.
    private(set) var isInMemory: Bool {
        get { isInMemoryFlag.load(ordering: .acquiring) }
        set { isInMemoryFlag.store(newValue, ordering: .releasing) }
    }

    init(
        directory: StateDirectory, use: Store.Use, limits: StoreLimits, mayUseMemory: Bool,
        clock: SystemClock = .system, report: @escaping @Sendable (FootfallError) -> Void
    ) {
        self.directory = directory
        self.clock = clock
        reserve = DiskReserve(directory)
        self.use = use
        self.limits = limits
        self.mayUseMemory = mayUseMemory
        self.report = report
    }

    /// Whether removed rows must leave the -wal at once.
    var leavesNoTraces: Bool { lock.withLock { store?.leavesNoTraces ?? false } }

    /// Runs `body` with the store; opens it first if need be.
    func withStore<R>(_ body: (Store) throws(StoreError) -> R) throws(StoreError) -> R {
        var news: [FootfallError] = []
        let result: Result<R, StoreError> = lock.withLock {
            // The thread that writes may be the host's.
            var held = footfall_size_signal()
            footfall_size_signal_hold(&held)
            defer { footfall_size_signal_release(&held) }
            do throws(StoreError) {
                return .success(try body(try openStore(&news)))
            } catch {
                if error.isCorrupt { closeDoubtful() }
                if error.isReadError { readFailed() }
                return .failure(error)
            }
        }
        // Without the lock: the host may do anything when it hears of it.
        for problem in news { report(problem) }
        return try result.get()
    }

    /// As ``withStore(_:)``, while no other process has the store open; else throws EBUSY.
    func withStoreAlone<R>(_ body: (Store) throws(StoreError) -> R) throws(StoreError) -> R {
        // This opens or repairs the store, or takes one in memory.
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
        // A process that looks, or stores one event, is done in milliseconds.
        for _ in 0..<50 {
            if let lock = try? StoreLock(alone: directory.storeLock) { return lock }
            usleep(5_000)
        }
        return try StoreLock(alone: directory.storeLock)
    }

    /// The same for what delivers and removes: on a full disk the room that was
    /// kept for it is used.
    func withRoom<R>(_ body: (Store) throws(StoreError) -> R) throws(StoreError) -> R {
        do throws(StoreError) {
            return try withStore(body)
        } catch {
            guard error.isFull, !isInMemory else { throw error }
            reserve.release()
            return try withStore { (store) throws(StoreError) in
                // What is in the -wal makes room there for more.
                store.connection.checkpoint()
                return try body(store)
            }
        }
    }

    /// The file is opened again: the card may have been moved in its slot.
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
            // Mostly the directory is missing, at the first start.
            guard error.isUnusable else { throw error }
            try directory.create()
            return try open(&news)
        }
    }

    private func open(_ news: inout [FootfallError]) throws(StoreError) -> Store {
        if let exposure = try directory.check() { news.append(FootfallError(.storeExposed, exposure)) }
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

    /// Looks whether the database is damaged, and puts another in its place.
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
                "the store was damaged: \(report.salvaged) events were saved, \(report.lost) are lost\(place)"))
    }

    /// Closes the connection; it is opened again at the next use. The lock must be
    /// held. A store in memory stays: it would be gone.
    func closeLocked() {
        guard !isInMemory else { return }
        store = nil
        storeLock = nil
    }

    /// Keeps the files small, if the store is open, and room for bad times.
    func tidy() {
        lock.withLock {
            guard let store else { return }
            store.tidy()
            if !isInMemory { reserve.keep() }
        }
    }

    func close() { lock.withLock { closeLocked() } }

    /// In a forked child: the store in memory is its parent's. It is left as it
    /// is, since closing it may wait for locks that nobody holds any more.
    func startAfreshInChild() {
        lock.reinitialize()
        Store.reinitializeInChild()
        guard isInMemory, let store else { return }
        _ = Unmanaged.passRetained(store)
        self.store = nil
        isInMemory = false
    }

    /// In a child that got no clean copy: never touch the store.
    func forbidInChild() {
        lock.reinitialize()
        Store.reinitializeInChild()
        isForbidden = true
    }
}
