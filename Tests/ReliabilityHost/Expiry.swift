// SPDX-License-Identifier: MIT
import CSystem
import Footfall
import FootfallStore
import Glibc

/// Tracks on eight threads at the same moment, `rounds` times, `period`
/// milliseconds apart from `begin` (nanoseconds since boot) on: longer than a
/// session lives, so that every round opens one. Other processes do the same.
func trackAtExpiry(_ arguments: Arguments) {
    let analytics = makeClient(arguments)
    let begin = Int64(arguments.number("begin") ?? 0)
    let period = Int64(arguments.number("period") ?? 100) * 1_000_000
    let rounds = arguments.number("rounds") ?? 0
    let run = arguments.text("run") ?? ""
    let finished = Finished()
    for thread in 0..<8 {
        onThread {
            for round in 0..<rounds {
                let left = begin + Int64(round) * period - ftf_boot_nanoseconds()
                if left > 0 { _ = ftf_wait_readable_for(-1, left) }
                analytics.track("\(run)t\(thread)", round..<(round + 1))
            }
            finished.add()
        }
    }
    finished.wait(for: 8)
    say("stored \(analytics.store(timeout: .seconds(30)) == nil)")
    say("closed \(analytics.close(timeout: .seconds(10)))")
}

/// Counts threads that have ended.
private final class Finished: @unchecked Sendable {
    private let lock = Lock()
    private var count = 0
    private let descriptor = ftf_eventfd()

    deinit { close(descriptor) }

    func add() {
        lock.withLock { count += 1 }
        ftf_eventfd_raise(descriptor)
    }

    func wait(for wanted: Int) {
        while lock.withLock({ count }) < wanted {
            _ = ftf_wait_readable_for(descriptor, Duration.seconds(10).nanoseconds)
            ftf_fd_drain(descriptor)
        }
    }
}
