// SPDX-License-Identifier: MIT
import FootfallJSON
import FootfallStore

/// A plugin that programs do not call, since they died in it again and again.
package struct PluginOff: Sendable, Equatable {
    /// The role and the application of the processes, as `app:com.example.Kiosk`.
    package var source: String
    package var plugin: String
    /// When it is called again, by the clock at its last death.
    package var until: Timestamp

    /// The plugins that are off, of all sources. Changes nothing.
    static func all(in directory: StateDirectory, _ clock: SystemClock) -> [PluginOff] {
        let now = clock.moment
        return PluginDeaths.all(in: directory).compactMap { deaths in
            deaths.offUntil(at: now, notBefore: clock.notBefore).map {
                PluginOff(source: deaths.source, plugin: deaths.name, until: $0)
            }
        }
    }

    /// What an operator is told.
    ///
    /// - Parameter held: What is held in the store's directory.
    package func sentence(_ held: [HeldEvents]) -> String {
        let waiting = held.filter { $0.reason == .off && $0.isFor(self) }
        let count = waiting.reduce(0) { $0 + $1.events }
        let events =
            count > 0 ? "\(counted(count, "event")) wait\(count == 1 ? "s" : "") for it" : "events pass without it"
        return
            "\(plugin) (\(source)) is off until \(until), since programs died in it \(PluginDeaths.most) times: \(events)"
    }

    /// For `footfall status --json`.
    var json: JSONObject {
        ["source": .string(source), "plugin": .string(plugin), "until": .string(until.description)]
    }
}

extension HeldEvents {
    /// What an operator is told.
    package var sentence: String {
        let count = counted(events, "event")
        let wait = events == 1 ? "waits" : "wait"
        let size = "\(readable(bytes: Int(clamping: bytes)))\(oldest.map { ", the oldest of \($0)" } ?? "")"
        switch reason {
        case .poison:
            return
                "\(count) (\(size)) left the chain, since programs died twice in \(plugin) (\(source)) at each of them; "
                + "footfall dead-letters retry tries them again"
        case .off: return "\(count) (\(size)) \(wait) until \(plugin) (\(source)) is called again"
        case .unknown: return "\(count) (\(size)) \(wait) for a program (\(source)) that knows the plugin \(plugin)"
        case .retry: return "\(count) (\(size)) \(wait) for the next start of \(source)"
        }
    }

    /// Whether it is of this plugin of this source.
    package func isFor(_ off: PluginOff) -> Bool {
        source.isIdentical(to: off.source) && plugin.isIdentical(to: off.plugin)
    }

    /// For `footfall status --json` and `footfall dead-letters list --json`.
    package var json: JSONObject {
        [
            "source": .string(source), "plugin": .string(plugin), "reason": .string(reason.rawValue),
            "events": .int(Int64(events)), "bytes": .int(bytes),
            "oldest": oldest.map { .string($0.description) } ?? .null,
        ]
    }
}
