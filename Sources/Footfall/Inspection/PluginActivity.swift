// SPDX-License-Identifier: MIT
import FootfallStore

/// What one plugin did in all processes of one source, as ``StoreStatus`` read it.
package struct PluginActivity: Sendable {
    /// The role and the application of the processes, as `app:com.example.Kiosk`.
    package var source: String
    /// The plugin's name, behind that of its destination if it is in one: `segment/HideEmail`.
    package var name: String
    /// The version that the numbers are of.
    package var version: String?
    /// Events that the plugin was given; for a destination without hooks, those that it took.
    package var events: Int64
    /// Events that it dropped.
    package var dropped: Int64
    /// How often it threw.
    package var errors: Int64
    /// Calls whose time was taken: one in 64.
    package var timed: Int64
    /// The mean time of these calls in nanoseconds; `nil` without any.
    package var mean: Int64?
    /// The longest of these calls in nanoseconds; `nil` without any.
    package var longest: Int64?
    /// When the numbers were stored.
    package var at: Timestamp

    init(_ plugin: PluginStatistics.Plugin, source: String) {
        let numbers = plugin.numbers
        self.source = source
        name = plugin.name
        version = plugin.version
        (events, dropped, errors, timed) = (numbers.events, numbers.drops, numbers.errors, numbers.timed)
        if timed > 0 { (mean, longest) = (numbers.time / timed, numbers.longest) }
        at = Timestamp(milliseconds: plugin.at)
    }

    /// The numbers of all sources that the store has.
    static func all(_ store: Store) throws(StoreError) -> [PluginActivity] {
        try store.keyValue.texts(prefix: PluginStatistics.prefix).flatMap { row in
            let source = String(row.key.dropFirst(PluginStatistics.prefix.count))
            return PluginStatistics(row.value).plugins.map { PluginActivity($0, source: source) }
        }
    }

    /// For `footfall status --json`.
    var json: JSONObject {
        [
            "source": .string(source), "name": .string(name), "version": version.map { .string($0) } ?? .null,
            "events": .int(events), "dropped": .int(dropped), "errors": .int(errors), "timed": .int(timed),
            "meanNanoseconds": mean.map { .int($0) } ?? .null,
            "longestNanoseconds": longest.map { .int($0) } ?? .null, "at": .string(at.description),
        ]
    }
}
