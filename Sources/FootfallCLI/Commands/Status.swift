// SPDX-License-Identifier: MIT
import ArgumentParser
import Footfall
import FootfallJSON
import FootfallStore

struct Status: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show the store, the session, and for each destination its events and problems.")

    @OptionGroup var global: GlobalOptions

    func run() throws {
        try exiting {
            let settings = try Settings(global.values)
            let status = try usingStore { try StoreStatus(settings) }
            guard !global.json else { return Console.write(status.json) }
            for line in lines(status) { Console.show(line) }
        }
    }

    /// Why nothing is recorded; `nil` when events are.
    private static func consent(_ status: StoreStatus) -> String? {
        // Both may apply: opting in does not help while the variable is set.
        switch status.optOut {
        case .success(true) where StateLocation.isTrackingRefused:
            "the user opted out, and \(Unstored(.optedOut).sentence)"
        case .success(let isOptedOut):
            isOptedOut || StateLocation.isTrackingRefused ? Unstored(.optedOut).sentence : nil
        case .failure(let error): "nothing is recorded: \(error)\(error.cure)"
        }
    }

    private func lines(_ status: StoreStatus) -> [String] {
        var lines = [
            "store      \(status.path) (\(readable(bytes: status.bytes)), \(counted(status.queued, "event")))",
            "session    \(status.sessionLine)",
            "counters   stored \(status.stored), delivered \(status.delivered)"
                + status.dropped.map { ", dropped \($0.count) (\($0.reason))" }.joined(),
        ]
        if let consent = Self.consent(status) { lines.insert("consent    \(consent)", at: 1) }
        if status.removed.routed > 0 {
            let removed = status.removed
            lines.append(
                "removed    destinations that were removed: routed \(removed.routed), delivered \(removed.delivered), dropped \(removed.dropped)"
            )
        }
        if status.isErasing {
            lines.append(
                "erasing    removed events are still in the file, because another program is reading it")
        }
        if status.orphans > 0 {
            lines.append(
                "spools     \(status.orphans) of stopped programs; each program stores its events when it starts again")
        }
        lines += status.off.map { "off        \($0.sentence(status.held))" }
        lines += status.held.filter { held in held.reason != .off || !status.off.contains(where: held.isFor) }
            .map { "held       \($0.sentence)" }
        lines += status.blocked.map { "blocked    \($0.sentence(at: status.moment))" }
        let plugins = pluginLines(status)
        guard !status.destinations.isEmpty else {
            return lines + ["", "The store has no destination yet."] + plugins
        }
        var table = Table([
            "destination", "queued", "delivered", "dropped", "dead", "state", "next attempt", "last error",
        ])
        for row in status.destinations {
            table.add([
                row.name, "\(row.queued)", "\(row.delivered)", "\(row.dropped)", "\(row.deadLettered)",
                Absence(rawValue: row.state)?.words ?? row.state,
                row.nextAttempt?.description ?? (row.isDue ? "now" : "-"), row.lastError ?? "-",
            ])
        }
        return lines + [""] + table.lines + plugins
    }

    private func pluginLines(_ status: StoreStatus) -> [String] {
        guard !status.plugins.isEmpty else { return [] }
        var table = Table(["plugin", "version", "program", "events", "dropped", "errors", "mean", "longest"])
        for row in status.plugins {
            table.add([
                row.name, row.version ?? "-", row.source, "\(row.events)", "\(row.dropped)", "\(row.errors)",
                row.mean.map(Self.text) ?? "-", row.longest.map(Self.text) ?? "-",
            ])
        }
        return [""] + table.lines
    }

    /// A time with one decimal, in the unit that suits it.
    private static func text(_ nanoseconds: Int64) -> String {
        let units: [(size: Int64, name: String)] = [(1_000_000_000, "s"), (1_000_000, "ms"), (1_000, "µs")]
        let unit = units.first { nanoseconds >= $0.size } ?? (1_000, "µs")
        let tenths = nanoseconds / (unit.size / 10)
        return "\(tenths / 10).\(tenths % 10) \(unit.name)"
    }
}

extension StoreStatus.Destination {
    /// Whether an attempt failed and the time for the next one has come.
    fileprivate var isDue: Bool { queued > 0 && nextAttempt == nil && (state == "retrying" || state == "waiting") }
}
