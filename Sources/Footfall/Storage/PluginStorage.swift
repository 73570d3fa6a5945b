// SPDX-License-Identifier: MIT
import FootfallJSON
import FootfallStore

/// The values that a plugin keeps in the client's store, over restarts.
///
/// A plugin gets it by conforming to ``StoragePlugin``.
///
/// - **Size**: all keys and values of a plugin have at most 64 KiB (65,536 bytes), as JSON in
///   UTF-8. A value that would exceed this is refused; what was there stays.
/// - **Thread**: the pipeline's, on which all methods of a plugin run.
/// - **Reads**: the first use reads all values of the plugin at once. From then on reads cost no
///   access to the store, and show the plugin's own changes at once.
/// - **Writes**: a change is stored in the transaction of the events that are being processed,
///   so that values and events agree after a crash: both are stored, or neither. An event whose
///   transaction a crash prevented runs through the plugins again at the next start, with the
///   values of before. A transaction that fails is tried again with its changes; if a program
///   such as `footfall track` gives up instead, its changes are taken back. A change that is made
///   outside of an event is stored within a second, one that is made in ``Plugin/shutdown()``
///   before the client ends.
/// - **Other processes**: all processes of a store share the values. For each key the last write
///   wins. A process sees what others wrote from its next start on.
/// - **Consent**: an opt-out and ``Analytics/forget()`` remove all values. While the user is opted
///   out, changes are kept in memory; they are stored after an opt-in.
/// - **Rehearsals**: `--dry-run` of the command reads the values and stores nothing.
public final class PluginStorage {
    private let owner: String
    /// Reads what the store has; `nil` for a storage without a client.
    private let load: (() throws(StoreError) -> [(key: String, text: String)])?
    /// Told of each change.
    private let changed: () -> Void
    /// `nil` before the first use.
    private var values: PluginValues?

    /// A storage in memory, for tests of a plugin.
    public init() {
        owner = "a plugin"
        load = nil
        changed = {}
    }

    init(
        owner: String, load: @escaping () throws(StoreError) -> [(key: String, text: String)],
        changed: @escaping () -> Void
    ) {
        self.owner = owner
        self.load = load
        self.changed = changed
    }

    // MARK: - For plugins

    /// A value; `nil` when the key has none.
    ///
    /// Throws ``FootfallError/Code/storeUnavailable`` when the values were not read yet and cannot
    /// be read now. Do not take that for a missing value.
    public func value(_ key: String) throws(FootfallError) -> JSON? {
        guard let text = try loaded().text(UTF8Key(key)) else { return nil }
        // Another program may have written a plain text.
        return (try? JSONParser.parse(text)) ?? .string(text)
    }

    /// Sets a value; `nil` removes it.
    ///
    /// Throws ``FootfallError/Code/pluginStorageFull``, with nothing changed, when the plugin would
    /// keep more than 64 KiB.
    public func set(_ key: String, _ value: JSON?) throws(FootfallError) {
        let text = value?.text
        var values = try loaded()
        let old = values.text(UTF8Key(key))
        guard old.map(UTF8Key.init) != text.map(UTF8Key.init) else { return }
        // Without a second reference, which would copy all values.
        self.values = nil
        let fits = values.set(UTF8Key(key), text, most: Limits.pluginStorageBytes)
        self.values = values
        guard fits else {
            let size = "\((text?.utf8.count ?? 0) + key.utf8.count) bytes"
            throw FootfallError(
                .pluginStorageFull,
                "\(owner) cannot keep \(key) (\(size)): a plugin has \(Limits.pluginStorageBytes) bytes, and "
                    + "\(values.bytes) are in use; remove other values first")
        }
        changed()
    }

    /// The keys that have a value, sorted. Throws as ``value(_:)`` does.
    public var keys: [String] { get throws(FootfallError) { try loaded().keys } }

    private func loaded() throws(FootfallError) -> PluginValues {
        if let values { return values }
        do throws(StoreError) {
            let read = PluginValues(try load?() ?? [])
            values = read
            return read
        } catch {
            throw FootfallError(
                .storeUnavailable,
                "the values of \(owner) cannot be read now (\(error)); they are read again at the next use",
                underlying: error)
        }
    }

    // MARK: - For the client

    /// Writes the changes, inside a transaction.
    func write(_ store: Store, in folder: String) throws(StoreError) {
        for (key, text) in values?.changes ?? [:] { try store.keyValue.set(folder + key.text, text) }
    }

    /// The transaction is in the store.
    func written() { values?.written() }

    /// The transaction is given up.
    func undo() { values?.undo() }

    /// An erasure removed all values, or is about to.
    func erased() { values = PluginValues() }

    /// The values are read again at the next use.
    func forget() { values = nil }
}
