// SPDX-License-Identifier: MIT
import Footfall
import FootfallJSON
import FootfallStore

/// What `status` prints for people.
struct StatusView {
    private let status: StoreStatus
    private let path: String?

    init(_ status: StoreStatus, _ settings: Settings) {
        self.status = status
        path = settings.path
    }

    func show() {
        Console.show(facts)
        guard !status.destinations.isEmpty else {
            Console.show("")
            Console.show("The store has no destination yet.")
            return showPlugins()
        }
        Console.show("")
        for line in destinations.fitted(to: Console.columns) { Console.show(line) }
        let problems = self.problems
        if !problems.isEmpty { Console.show("") }
        Console.show(problems)
        showPlugins()
    }

    /// Whether events are recorded, or why not.
    private var consent: String {
        // Both may apply: opting in does not help while the variable is set.
        switch status.optOut {
        case .success(true) where StateLocation.isTrackingRefused:
            "the user opted out, and \(Unstored(.optedOut).sentence)"
        case .success(let isOptedOut):
            isOptedOut || StateLocation.isTrackingRefused ? Unstored(.optedOut).sentence : "events are recorded"
        case .failure(let error): "nothing is recorded: \(error)\(error.cure)"
        }
    }

    private var fill: String {
        let percent = Int((status.fill * 100).rounded())
        let limits = status.limits
        return "\(percent) % of \(readable(bytes: limits.bytes)) and \(counted(limits.events, "event"))"
    }

    private var facts: [LabelledText] {
        var facts = [
            LabelledText("config", path ?? "none; all settings are the defaults"),
            LabelledText(
                "store", "\(status.path) (\(readable(bytes: status.bytes)), \(counted(status.queued, "event")))"),
            LabelledText("fill", fill),
            LabelledText("consent", consent),
            LabelledText("session", status.sessionLine),
            LabelledText(
                "counters",
                "stored \(status.stored), delivered \(status.delivered)"
                    + status.dropped.map { ", dropped \($0.count) (\($0.reason))" }.joined()),
        ]
        if status.removed.routed > 0 {
            let removed = status.removed
            facts.append(
                LabelledText(
                    "removed",
                    "destinations that were removed: routed \(removed.routed), delivered \(removed.delivered), dropped \(removed.dropped)"
                ))
        }
        if status.isErasing {
            facts.append(
                LabelledText("erasing", "removed events are still in the file, because another program is reading it"))
        }
        if status.orphans > 0 {
            facts.append(
                LabelledText(
                    "spools",
                    "\(status.orphans) of stopped programs; each program stores its events when it starts again"))
        }
        facts += status.off.map { LabelledText("off", $0.sentence(status.held)) }
        facts += status.held.filter { held in held.reason != .off || !status.off.contains(where: held.isFor) }
            .map { LabelledText("held", $0.sentence) }
        facts += status.blocked.map { LabelledText("blocked", $0.sentence(at: status.moment)) }
        return facts
    }

    private var destinations: Table {
        var table = Table(["destination", "queued", "oldest", "delivered", "last", "dead", "state", "next"])
        for row in status.destinations {
            table.add([
                row.name, "\(row.queued)", row.oldestText, "\(row.delivered)",
                row.attempts.lastSuccess.map { "\(readable(seconds: seconds(since: $0))) ago" } ?? "-",
                "\(row.deadLettered)", row.stateWords, next(row),
            ])
        }
        return table
    }

    private func next(_ row: StoreStatus.Destination) -> String {
        guard let next = row.nextAttempt else { return row.isDue ? "now" : "-" }
        // The next attempt is stored by the clock as it is, so it is compared with that.
        return "in \(readable(seconds: (next.milliseconds - SystemClock.system.wall().milliseconds + 999) / 1_000))"
    }

    private func seconds(since time: Timestamp) -> Int64 {
        (status.moment.wall.milliseconds - time.milliseconds) / 1_000
    }

    /// One pair of lines for each problem, with all destinations that have it.
    private var problems: [LabelledText] {
        var groups: [(names: [String], problem: DeliveryProblem)] = []
        for row in status.destinations {
            for problem in row.problems {
                if let index = groups.firstIndex(where: { $0.problem == problem }) {
                    groups[index].names.append(row.name)
                } else {
                    groups.append(([row.name], problem))
                }
            }
        }
        return groups.flatMap { names, problem in
            [
                LabelledText("why", "\(names.joined(separator: ", ")): \(problem.why)"),
                LabelledText("cure", problem.cure),
            ]
        }
    }

    private func showPlugins() {
        guard !status.plugins.isEmpty else { return }
        var table = Table(["plugin", "version", "program", "events", "dropped", "errors", "mean", "longest"])
        for row in status.plugins {
            table.add([
                row.name, row.version ?? "-", row.source, "\(row.events)", "\(row.dropped)", "\(row.errors)",
                row.mean.map(Self.text) ?? "-", row.longest.map(Self.text) ?? "-",
            ])
        }
        Console.show("")
        Console.show(table)
    }

    /// A time with one decimal, in the unit that suits it.
    private static func text(_ nanoseconds: Int64) -> String {
        let units: [(size: Int64, name: String)] = [(1_000_000_000, "s"), (1_000_000, "ms"), (1_000, "µs")]
        let unit = units.first { nanoseconds >= $0.size } ?? (1_000, "µs")
        let tenths = nanoseconds / (unit.size / 10)
        return "\(tenths / 10).\(tenths % 10) \(unit.name)"
    }
}
