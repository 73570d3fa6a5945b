// SPDX-License-Identifier: MIT
import CSystem
import Footfall
import FootfallJSON
import Glibc

/// How a command waits for deliveries: it shows on a terminal what it waits for, and a signal
/// ends the wait, not the process.
///
/// The signals stay caught until the process ends. Some programs send two of them, as timeout(1)
/// does: the second one would otherwise end the command before its exit status is the one it reported.
struct DeliveryWait {
    /// The end of a wait.
    struct End {
        var report: FlushReport
        /// The signal that ended it; 0 for none.
        var signal: Int32 = 0

        /// The beginning of a message.
        var prefix: String { signal == 0 ? "" : "stopped by signal \(signal): " }
    }

    /// A short wait shows nothing.
    private static let firstLook = Duration.milliseconds(300)
    private static let look = Duration.milliseconds(500)
    private static let signals = [SIGTERM, SIGINT, SIGHUP]

    let analytics: Analytics

    /// Catches SIGTERM, SIGINT and SIGHUP from here on.
    ///
    /// - Returns: A descriptor that becomes readable when one arrives; -1 when none can be made.
    static func watchSignals() -> Int32 { ftf_signals_watch(signals, Int32(signals.count)) }

    /// Begins a flush and waits for its end.
    ///
    /// - Parameter show: Is called every half second with the report as it would be now, and
    ///   the time since the beginning.
    func run(
        within limit: Duration, for scope: FlushCall.Scope = .allEvents, show: (FlushReport, Duration) -> Void
    ) -> End {
        let descriptor = Self.watchSignals()
        let begin = ContinuousClock.now
        let call = analytics.beginFlush(timeout: limit, of: scope)
        var slice = Self.firstLook
        while true {
            if let report = call.wait(atMost: slice, orReadable: descriptor) { return End(report: report) }
            let standing = call.standing ?? FlushReport(problem: "the delivery has just begun")
            let signal = ftf_signals_take()
            guard signal == 0 else { return End(report: standing, signal: signal) }
            show(standing, ContinuousClock.now - begin)
            slice = Self.look
        }
    }
}

extension Client {
    /// Delivers what is stored, waiting `limit` at most.
    ///
    /// - Returns: The report, and how the command ends when events are left.
    func flush(within limit: Duration) throws -> (report: FlushReport, exit: CommandExit?) {
        try commit(undone: "nothing was delivered")
        let end = wait(within: limit)
        return (end.report, exit(of: end))
    }

    /// Delivers what is stored, however much that is: flushes that wait `limit` at most follow each
    /// other until one of them delivers nothing.
    ///
    /// - Returns: The report about all of them, and how the command ends when events are left.
    func flushRepeatedly(within limit: Duration) throws -> (report: FlushReport, exit: CommandExit?) {
        try commit(undone: "nothing was delivered")
        var sums = (delivered: Int64(0), deadLettered: Int64(0), dropped: Int64(0))
        while true {
            var end = wait(within: limit)
            let hasMore = end.signal == 0 && !end.report.isDelivered && end.report.hasProgress
            sums.delivered &+= end.report.delivered
            sums.deadLettered &+= end.report.deadLettered
            sums.dropped &+= end.report.dropped
            guard !hasMore else { continue }
            (end.report.delivered, end.report.deadLettered, end.report.dropped) =
                (sums.delivered, sums.deadLettered, sums.dropped)
            return (end.report, exit(of: end))
        }
    }

    /// How the command ends after a flush; `nil` when no event is left.
    func exit(of end: DeliveryWait.End) -> CommandExit? {
        let report = end.report
        guard !report.isDelivered else { return nil }
        let problem = report.problems.joined(separator: "; ")
        let message = report.queued > 0 ? "\(counted(report.queued, "event")) still queued: \(problem)" : problem
        let isLasting = report.isBlocked && end.signal == 0
        return CommandExit(isLasting ? .unavailable : .temporary, end.prefix + message)
    }

    /// Delivers the event that was stored last, waiting `limit` at most; throws unless each
    /// destination took it. What became of other events does not matter.
    ///
    /// - Parameter what: The event, for messages.
    func deliver(_ what: String, within limit: Duration) throws {
        try settings.requireDestination("\(what) is stored, but ")
        let end = wait(within: limit, for: .lastEvent)
        let report = end.report
        var problems = report.refusals.map {
            "\($0.destination) refused \(what): \($0.reason); footfall dead-letters list shows it"
        }
        let isRefused = !problems.isEmpty
        if !report.isDelivered {
            let reason = report.problems.joined(separator: "; ")
            problems.append("\(what) is stored, but not delivered yet: \(reason)")
        }
        guard !problems.isEmpty else { return }
        let isLasting = isRefused || report.isBlocked && end.signal == 0
        throw CommandExit(
            isLasting ? .unavailable : .temporary, end.prefix + problems.joined(separator: "; "))
    }

    /// Delivers what is stored, and waits for the end or a signal.
    func wait(within limit: Duration, for scope: FlushCall.Scope = .allEvents) -> DeliveryWait.End {
        var progress = Progress(isShown: showsProgress)
        defer { progress.clear() }
        return DeliveryWait(analytics: analytics).run(within: limit, for: scope) { report, time in
            // What changes comes first, since the line is cut at the terminal's edge.
            let left = max((limit - time).components.seconds, 0)
            let next = report.nextAttempt.map { "next attempt in \(seconds(until: $0)) s, " } ?? ""
            progress.show(
                "delivered \(report.delivered), queued \(report.queued); \(next)\(left) s left; "
                    + report.problems.joined(separator: "; "))
        }
    }

    private func seconds(until time: Timestamp) -> Int64 {
        max((time.milliseconds - ftf_wall_milliseconds() + 999) / 1_000, 0)
    }

    /// Names what the user should know of a flush although it succeeded.
    func complain(about report: FlushReport) {
        if report.deadLettered > 0 {
            let letters =
                report.deadLettered == 1
                ? "1 event is a dead letter now" : "\(report.deadLettered) events are dead letters now"
            Console.complain("\(letters); footfall dead-letters list shows why")
        }
        guard !isQuiet else { return }
        for line in others(report) { Console.complain(line) }
    }

    /// One line for each destination in the store that this command does not have and that
    /// events wait for.
    func others(_ report: FlushReport) -> [String] {
        let configured = ConfiguredDestinations(settings)
        return report.queuedElsewhere.map { backlog in
            let name = backlog.destination
            let (reason, cure) =
                switch configured.absence(of: name) {
                case .disabled: ("is disabled", "set \"enabled\": true for it")
                case .unknownType:
                    ("has a type that this program does not know", "a program that knows it delivers them")
                default: ("is not configured", "add it to the configuration")
                }
            return "\(counted(backlog.queued, "event")) \(backlog.queued == 1 ? "waits" : "wait") for \"\(name)\", "
                + "which \(reason); \(cure), or remove it with footfall destinations drop \(shellWord(name))"
        }
    }
}

extension Settings {
    /// Throws when there is no destination to deliver to or a key cannot be read, unless DO_NOT_TRACK is set and nothing
    /// is delivered anyway.
    ///
    /// - Parameter prefix: What is done nevertheless.
    func requireDestination(_ prefix: String = "") throws {
        guard !StateLocation.isTrackingRefused else { return }
        if let problem = unavailableSecrets.first { throw CommandExit(.usage, prefix + problem) }
        guard destinations.deliverable.isEmpty else { return }
        func list(_ names: [String]) -> String { names.map { "\"\($0)\"" }.joined(separator: ", ") }
        guard destinations.unknown.isEmpty else {
            throw CommandExit(
                .usage,
                "\(prefix)this program knows the type of no destination; deliver for "
                    + "\(list(destinations.unknown.map(\.name))) with a program that does")
        }
        guard destinations.disabled.isEmpty else {
            throw CommandExit(
                .usage,
                "\(prefix)no destination is enabled; set \"enabled\": true for \(list(destinations.disabled)) in the "
                    + "configuration file")
        }
        throw CommandExit(
            .usage,
            "\(prefix)no destination is configured; set FOOTFALL_WRITE_KEY, or add one to the configuration file")
    }
}

extension FlushReport {
    /// Whether fewer events wait than before.
    var hasProgress: Bool { delivered > 0 || deadLettered > 0 || dropped > 0 }

    /// The report of `footfall flush --json`.
    func json(_ configured: ConfiguredDestinations) -> JSONObject {
        let others = queuedElsewhere.map { backlog in
            JSON.object([
                "destination": .string(backlog.destination), "queued": .int(backlog.queued),
                "reason": .string((configured.absence(of: backlog.destination) ?? .notConfigured).rawValue),
            ])
        }
        return [
            "delivered": .int(delivered), "queued": .int(queued), "deadLettered": .int(deadLettered),
            "dropped": .int(dropped), "nextAttempt": nextAttempt.map { .string($0.description) } ?? .null,
            "queuedElsewhere": .array(others),
        ]
    }
}

/// A word as a shell reads it back.
func shellWord(_ text: String) -> String {
    let isPlain = text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "/"),
            UInt8(ascii: "-"):
            true
        default: false
        }
    }
    guard !isPlain || text.hasPrefix("-") else { return text }
    let quoted = text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''")
    return "\(text.hasPrefix("-") ? "-- " : "")'\(quoted)'"
}
