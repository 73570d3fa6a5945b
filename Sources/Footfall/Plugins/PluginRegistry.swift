// SPDX-License-Identifier: MIT
import FootfallStore

/// The plugins of a client by their type, for callers: the plugins themselves belong to the
/// pipeline's thread. From any thread.
final class PluginRegistry: @unchecked Sendable {
    private let lock = Lock()
    // Protected by lock:
    private var plugins: [Entry] = []

    private struct Entry {
        var id: UInt64
        var type: any Plugin.Type
        /// The destination's key in `integrations`; `nil` for other plugins.
        var key: String?
    }

    /// Notes a plugin, and those of a destination with it; returns its id.
    func add(_ plugin: any Plugin) -> UInt64 {
        let id = PluginId.next()
        for inner in (plugin as? any DestinationPlugin)?.timeline.plugins ?? [] { note(inner.plugin, id: inner.id) }
        note(plugin, id: id)
        return id
    }

    func note(_ plugin: any Plugin, id: UInt64) {
        let entry = Entry(id: id, type: Swift.type(of: plugin), key: (plugin as? any DestinationPlugin)?.key)
        lock.withLock { plugins.append(entry) }
    }

    func remove(id: UInt64) { lock.withLock { plugins.removeAll { $0.id == id } } }

    /// The ids of the plugins of a type, in the order in which they were added.
    func ids<P>(of type: P.Type) -> [UInt64] { lock.withLock { plugins.filter { $0.type is P.Type }.map(\.id) } }

    /// The id of the first destination with this key.
    func id(ofKey key: String) -> UInt64? {
        lock.withLock { plugins.first { $0.key?.isIdentical(to: key) ?? false }?.id }
    }

    // MARK: - fork

    /// Before fork: no thread changes the list while the process is copied.
    func holdForFork() { lock.lock() }

    func resumeInParent() { lock.unlock() }

    func resumeInChild() { lock.reinitialize() }
}
