// SPDX-License-Identifier: MIT
import FootfallStore

/// The one connection of a client to its store, for the pipeline and the
/// uploader in turn. It is opened at its first use, and closed around fork.
final class StoreGate: @unchecked Sendable {
    let lock = Lock()
    private let directory: StateDirectory
    private var store: Store?
    /// A child whose parent could not close the store in time must never open it.
    private var isForbidden = false

    private let use: Store.Use

    init(directory: StateDirectory, use: Store.Use) {
        self.directory = directory
        self.use = use
    }

    /// Runs `body` with the store; opens it first if need be.
    func withStore<R>(_ body: (Store) throws(StoreError) -> R) throws(StoreError) -> R {
        lock.lock()
        defer { lock.unlock() }
        return try body(try openStore())
    }

    private func openStore() throws(StoreError) -> Store {
        if let store { return store }
        guard !isForbidden else {
            throw StoreError(
                .system(0), "opening \(directory.database)",
                "this process was forked while the store was in use; its events are in its spool")
        }
        let opened: Store
        do throws(StoreError) {
            opened = try Store(path: directory.database, use: use)
        } catch {
            // Mostly the directory is missing, at the first start.
            try directory.create()
            opened = try Store(path: directory.database, use: use)
        }
        store = opened
        return opened
    }

    /// Closes the connection; it is opened again at the next use. The lock must be held.
    func closeLocked() { store = nil }

    /// Keeps the files small, if the store is open.
    func tidy() { lock.withLock { store?.tidy() } }

    func close() { lock.withLock { store = nil } }

    /// In a child that got no clean copy: never touch the store.
    func forbidInChild() {
        lock.reinitialize()
        isForbidden = true
    }
}
