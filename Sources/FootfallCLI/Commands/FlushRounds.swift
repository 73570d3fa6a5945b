// SPDX-License-Identifier: MIT
import CSystem
import Footfall
import Glibc

/// `footfall flush --every`: delivers again and again until a signal ends it.
///
/// Each round reads the configuration anew and has a client of its own, so that nothing of the store is open or locked
/// between the rounds.
struct FlushRounds {
    private let interval: Duration
    /// The longest that one round waits.
    private let limit: Duration
    private let global: Globals
    /// The last problem that was printed, without its numbers.
    private var said = ""

    /// - Parameters:
    ///   - interval: From the beginning of a round to that of the next.
    ///   - limit: How long one round waits for its deliveries.
    init(interval: Duration, limit: Duration, global: Globals) throws {
        guard interval >= .seconds(1) else { throw CommandExit(.usage, "--every: it must be at least 1s") }
        self.interval = interval
        self.limit = limit
        self.global = global
    }

    /// Delivers until SIGTERM, SIGINT or SIGHUP.
    ///
    /// Throws when the first round finds a mistake in the configuration. Later ones are printed: the file may be in the
    /// midst of a change.
    mutating func run() throws {
        let signals = DeliveryWait.watchSignals()
        let timer = ftf_timerfd()
        defer { if timer >= 0 { close(timer) } }
        var isFirst = true
        while true {
            let next = ftf_boot_nanoseconds() + varied(interval)
            do {
                guard try round(isFirst: isFirst) == 0 else { return }
            } catch let exit as CommandExit {
                if isFirst, exit.code == .usage { throw exit }
                complain(exit.message)
            }
            isFirst = false
            guard wait(until: next, timer, signals) == 0 else { return }
        }
    }

    /// Up to a tenth more or less: many devices that were switched on together do not deliver together for ever.
    private func varied(_ interval: Duration) -> Int64 {
        let tenth = interval.nanoseconds / 10
        return interval.nanoseconds + Int64.random(in: -tenth...tenth)
    }

    /// - Returns: The signal that ended the round; 0 for none.
    private mutating func round(isFirst: Bool) throws -> Int32 {
        var settingsGlobal = global
        settingsGlobal.quiet = global.quiet || !isFirst
        let settings = try Settings(settingsGlobal)
        let client = try Client(settings, global, undone: "nothing was delivered")
        defer { client.close() }
        try client.commit()
        try settings.requireDestination()
        let end = client.wait(within: limit)
        let report = end.report
        if report.hasProgress || global.verbose {
            global.report(report.json(ConfiguredDestinations(settings)), report.line)
            client.complain(about: report)
        }
        if let exit = client.exit(of: end), end.signal == 0 { complain(exit.message) } else { said = "" }
        return end.signal
    }

    /// Prints a problem, unless it is that of the last round.
    private mutating func complain(_ problem: String?) {
        guard let problem else { return }
        let words = problem.filter { !$0.isNumber }
        if words != said || global.verbose { Console.complain(problem) }
        said = words
    }

    /// - Parameter moment: Nanoseconds since boot, so that a suspend is no longer wait.
    /// - Returns: The signal that ended the wait; 0 when it is time.
    private func wait(until moment: Int64, _ timer: Int32, _ signals: Int32) -> Int32 {
        while true {
            let signal = ftf_signals_take()
            guard signal == 0 else { return signal }
            let left = moment - ftf_boot_nanoseconds()
            guard left > 0 else { return 0 }
            if timer >= 0 { ftf_timerfd_set(timer, left) }
            // Without a timer, or without a descriptor for signals: once a second.
            let isBlind = timer < 0 || signals < 0
            ftf_wait_readable_either(timer, signals, isBlind ? min(left, 1_000_000_000) : -1)
            if timer >= 0 { ftf_fd_drain(timer) }
        }
    }
}

extension FlushReport {
    /// The numbers, for people.
    var line: String {
        "delivered \(delivered), queued \(queued), dead letters \(deadLettered), dropped \(dropped)"
    }
}
