// SPDX-License-Identifier: MIT
import FootfallJSON
import FootfallStore

/// What the plugins of one source did in all its processes: the value of a key of the store that
/// begins with ``prefix``. It holds no data of users.
struct PluginStatistics {
    /// One plugin, by its name.
    struct Plugin: Sendable, Equatable {
        var name: String
        var version: String?
        var numbers: PluginTally.Numbers
        /// When its last numbers were stored, in milliseconds since 1970.
        var at: Int64 = 0
    }

    /// The source follows.
    static let prefix = "plugin-statistics/"
    /// Plugins of one source that are kept. The names come from programs, so there may be many.
    static let most = 64

    private(set) var plugins: [Plugin] = []

    /// Reads a value; empty if it cannot be read: it is of a later version.
    init(_ text: String?) {
        guard let text, let object = (try? JSONParser.parse(text))?.objectValue else { return }
        plugins = (object["plugins"]?.arrayValue ?? []).compactMap { $0.objectValue.flatMap { Plugin($0) } }
    }

    var text: String { (["version": 1, "plugins": .array(plugins.map { .object($0.json) })] as JSONObject).text }

    /// Adds what one process counted.
    ///
    /// A plugin with a new version begins anew, so that its times are its own. Two plugins of one
    /// name are counted together.
    mutating func add(_ additions: [Plugin], at time: Int64) {
        for var addition in additions {
            addition.at = time
            guard let index = plugins.firstIndex(where: { $0.name.isIdentical(to: addition.name) }) else {
                plugins.append(addition)
                continue
            }
            if plugins[index].version == addition.version {
                plugins[index].numbers.add(addition.numbers)
                plugins[index].at = time
            } else {
                plugins[index] = addition
            }
        }
        while plugins.count > Self.most {
            guard let oldest = plugins.indices.min(by: { plugins[$0].at < plugins[$1].at }) else { break }
            plugins.remove(at: oldest)
        }
    }
}

extension PluginLedger.Addition {
    /// Adds the numbers to those in the store. Inside a transaction.
    func write(_ store: Store, source: String, at time: Timestamp) throws(StoreError) {
        let key = PluginStatistics.prefix + source
        var statistics = PluginStatistics(try store.keyValue.text(key))
        statistics.add(plugins, at: time.milliseconds)
        try store.keyValue.set(key, statistics.text)
    }
}

extension PluginStatistics.Plugin {
    fileprivate init?(_ object: JSONObject) {
        guard let name = object["name"]?.stringValue else { return nil }
        // A damaged store may hold any number.
        func number(_ key: String) -> Int64 { max(object[key]?.intValue ?? 0, 0) }
        self.init(
            name: name, version: object["version"]?.stringValue,
            numbers: PluginTally.Numbers(
                events: number("events"), drops: number("drops"), errors: number("errors"), timed: number("timed"),
                time: number("time"), longest: number("longest")),
            at: number("at"))
    }

    fileprivate var json: JSONObject {
        [
            "name": .string(name), "version": version.map { .string($0) } ?? .null, "events": .int(numbers.events),
            "drops": .int(numbers.drops), "errors": .int(numbers.errors), "timed": .int(numbers.timed),
            "time": .int(numbers.time), "longest": .int(numbers.longest), "at": .int(at),
        ]
    }
}
