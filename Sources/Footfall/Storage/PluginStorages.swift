// SPDX-License-Identifier: MIT
import FootfallJSON
import FootfallStore

/// The values that the plugins of a client keep, and when they are stored.
///
/// It belongs to the pipeline's thread.
final class PluginStorages {
    private unowned let runtime: Runtime
    /// By the folder in the key-value store.
    private var storages: [UTF8Key: PluginStorage] = [:]
    /// Nanoseconds since boot: when the changes are stored if no event comes; `Int64.max`
    /// without changes.
    private var changesDue = Int64.max
    private var isWriting = false

    init(_ runtime: Runtime) { self.runtime = runtime }

    /// The values of a plugin. Plugins of one name share them.
    func storage(of plugin: any Plugin) -> PluginStorage {
        let folder = PluginKeys.folder(of: plugin.name)
        if let known = storages[UTF8Key(folder)] { return known }
        let storage = PluginStorage(
            owner: plugin.name,
            load: { [unowned self] () throws(StoreError) in try read(folder) },
            changed: { [unowned self] in noteChange() })
        storages[UTF8Key(folder)] = storage
        return storage
    }

    private func read(_ folder: String) throws(StoreError) -> [(key: String, text: String)] {
        runtime.pipeline.assertOnPipelineThread()
        // Reading makes no store.
        guard runtime.store.isOpen || !StateDirectory.isMissing(runtime.directory.database) else { return [] }
        return try runtime.store.withStore { (store) throws(StoreError) in
            try store.keyValue.texts(in: folder, longest: Limits.pluginStorageBytes)
        }
    }

    private func noteChange() {
        runtime.pipeline.assertOnPipelineThread()
        if changesDue == .max { changesDue = runtime.configuration.clock.boot() + Limits.linger.nanoseconds }
    }

    /// Whether changes wait for a transaction. Nothing is stored while the user is opted out.
    var isDue: Bool { deadline != .max }

    /// Nanoseconds since boot: when a transaction is due though no event comes.
    var deadline: Int64 {
        guard changesDue != .max, !runtime.isOptedOut, !runtime.configuration.isRehearsal else { return .max }
        return changesDue
    }

    /// Writes the changes, inside a transaction.
    func write(_ store: Store) throws(StoreError) {
        isWriting = isDue
        guard isWriting else { return }
        for (folder, storage) in storages { try storage.write(store, in: folder.text) }
    }

    /// The transaction is in the store.
    func written() {
        guard isWriting else { return }
        changesDue = .max
        isWriting = false
        for storage in storages.values { storage.written() }
    }

    /// The transaction is given up, and with it the changes.
    func undo() {
        changesDue = .max
        for storage in storages.values { storage.undo() }
    }

    /// An erasure removes all values.
    func erased() {
        changesDue = .max
        for storage in storages.values { storage.erased() }
    }

    /// In a forked child: the changes are the parent's.
    func startAfreshInChild() {
        changesDue = .max
        for storage in storages.values { storage.forget() }
    }
}
