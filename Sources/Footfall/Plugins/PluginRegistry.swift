// SPDX-License-Identifier: MIT
import FootfallStore

/// The plugins of a client by their type, for callers: the plugins themselves belong to the
/// pipeline's thread. From any thread.
final class PluginRegistry: @unchecked Sendable {
    private let lock = Lock()
    // Protected by lock:
    private var plugins: [(id: UInt64, type: any Plugin.Type)] = []
    private var lastId: UInt64 = 1

    /// Notes a plugin; returns its id.
    func add(_ type: any Plugin.Type) -> UInt64 {
        lock.withLock {
            lastId += 1
            plugins.append((lastId, type))
            return lastId
        }
    }

    func remove(id: UInt64) { lock.withLock { plugins.removeAll { $0.id == id } } }

    /// The ids of the plugins of a type, in the order in which they were added.
    func ids<P>(of type: P.Type) -> [UInt64] { lock.withLock { plugins.filter { $0.type is P.Type }.map(\.id) } }

    // MARK: - fork

    /// Before fork: no thread changes the list while the process is copied.
    func holdForFork() { lock.lock() }

    func resumeInParent() { lock.unlock() }

    func resumeInChild() { lock.reinitialize() }
}
