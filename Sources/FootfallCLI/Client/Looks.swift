// SPDX-License-Identifier: MIT
import CSystem
import Footfall
import Glibc

/// Looks at the store again and again. Each look opens it, reads one moment, and closes it.
enum Looks {
    /// Calls `look` at once and after each interval, until SIGTERM, SIGINT or SIGHUP arrives.
    static func repeated(every interval: Duration, _ look: () throws -> Void) throws {
        let descriptor = DeliveryWait.watchSignals()
        let milliseconds = Int32(clamping: interval.nanoseconds / 1_000_000)
        while true {
            try look()
            var signals = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            _ = poll(&signals, 1, max(milliseconds, 1))
            guard ftf_signals_take() == 0 else { return }
        }
    }

    /// The interval that an option gives.
    static func interval(_ text: WaitDuration, of option: String) throws(CommandExit) -> Duration {
        let interval = try text.duration(of: option)
        guard interval >= .milliseconds(100) else {
            throw CommandExit(.usage, "\(option): it must be at least 100ms")
        }
        return interval
    }
}
