// SPDX-License-Identifier: MIT
import CSystem
import Footfall
import FootfallStore
import Glibc

/// The machine's clocks, set forward by what a test says: weeks go by in seconds.
final class SimulatedTime: @unchecked Sendable {
    private let lock = Lock()
    private var bootSeconds: Int64
    private var wallSeconds: Int64

    /// - Parameters:
    ///   - boot: Seconds that time since boot is ahead of the machine's.
    ///   - wall: Seconds that wall time is ahead of it.
    init(boot: Int, wall: Int) { (bootSeconds, wallSeconds) = (Int64(boot), Int64(wall)) }

    var clock: SystemClock {
        let system = SystemClock.system
        return SystemClock(
            wall: { Timestamp(milliseconds: system.wall().milliseconds + self.ahead.wall * 1_000) },
            boot: { system.boot() + self.ahead.boot * 1_000_000_000 }, bootID: system.bootID,
            notBefore: system.notBefore)
    }

    /// Seconds that both are ahead.
    var ahead: (boot: Int64, wall: Int64) { lock.withLock { (bootSeconds, wallSeconds) } }

    /// Time goes by.
    func advance(_ seconds: Int) {
        lock.withLock {
            bootSeconds += Int64(seconds)
            wallSeconds += Int64(seconds)
        }
    }

    /// The wall clock is set.
    func step(_ seconds: Int) { lock.withLock { wallSeconds += Int64(seconds) } }
}

/// Does what its input says while time goes by as that says, and answers each
/// command with a line. `boot=SECONDS wall=SECONDS` is where time begins.
///
///     track PREFIX FIRST COUNT BYTES     tracked
///     advance SECONDS PATIENCE-MS        now BOOT WALL true|WHY
///     step SECONDS                       now BOOT WALL true
///     close                              closed true|false
///
/// After `advance` what was called is stored, or it says why not; and what was
/// due to be sent was sent and answered, unless that took longer than the patience.
func liveThrough(_ arguments: Arguments) {
    let time = SimulatedTime(boot: arguments.number("boot") ?? 0, wall: arguments.number("wall") ?? 0)
    let analytics = makeClient(arguments, time: time)
    say("ready \(getpid())")
    while let line = readLine() {
        let words = line.split(separator: " ").map(String.init)
        func argument(_ place: Int) -> Int { words.count > place ? Int(words[place]) ?? 0 : 0 }
        switch words.first {
        case "track":
            let padding = String(repeating: "p", count: argument(4))
            for number in argument(2)..<argument(2) + argument(3) {
                analytics.track(
                    name: "Counted", properties: ["padding": .string(padding)],
                    options: CallOptions(messageId: "\(words[1])-\(number)"))
            }
            say("tracked")
        case "advance":
            time.advance(argument(1))
            let problem = wake(analytics, time)
            waitForUploader(atMost: .milliseconds(argument(2)))
            say("now \(time.ahead.boot) \(time.ahead.wall) \(problem.map { $0.message } ?? "true")")
        case "step":
            time.step(argument(1))
            say("now \(time.ahead.boot) \(time.ahead.wall) true")
        case "close":
            // What failed before is tried again by then.
            time.advance(2)
            ringTimers()
            say("closed \(analytics.close(timeout: .seconds(10)))")
        default: say("unknown \(line)")
        }
    }
}

/// The threads sleep by the machine's clock: their timers ring, and they look
/// what is due. While the disk is full the answer may be missed, which costs little time.
private func wake(_ analytics: Analytics, _ time: SimulatedTime) -> FootfallError? {
    for limit in [100, 400] {
        ringTimers()
        let problem = analytics.store(timeout: .milliseconds(limit))
        if problem != .overdue { return problem }
        // A store that failed meanwhile is tried again a second later.
        time.advance(2)
    }
    ringTimers()
    return .overdue
}

private func ringTimers() {
    for name in Listing.names(in: "/proc/self/fd") {
        var target = [CChar](repeating: 0, count: 64)
        guard readlink("/proc/self/fd/\(name)", &target, 63) > 0, let descriptor = Int32(name),
            strcmp(target, "anon_inode:[timerfd]") == 0
        else { continue }
        ftf_timerfd_set(descriptor, 1)
    }
}

/// Waits until the uploader has nothing to do before time goes by.
private func waitForUploader(atMost limit: Duration) {
    guard let task = uploaderTask() else { return }
    let deadline = ftf_boot_nanoseconds() + limit.nanoseconds
    while !isAsleep(task), ftf_boot_nanoseconds() < deadline {
        _ = ftf_wait_readable_for(-1, 200_000)
    }
}

/// The uploader's thread, once there is one.
private func uploaderTask() -> String? {
    Listing.names(in: "/proc/self/task").first { task in
        let name = (try? SmallFile.read("/proc/self/task/\(task)/comm")) ?? []
        return String(decoding: name, as: UTF8.self) == "footfall-upload\n"
    }
}

/// Whether it sleeps without an end: ppoll has no time-out. While libcurl waits
/// for a server it has one, and a thread that was just woken is running.
private func isAsleep(_ task: String) -> Bool {
    guard let bytes = try? SmallFile.read("/proc/self/task/\(task)/syscall") else { return false }
    let words = String(decoding: bytes, as: UTF8.self).split(separator: " ")
    return words.count > 3 && words[0] == ppollNumber && words[3] == "0x0"
}

#if arch(x86_64)
    private let ppollNumber = "271"
#else
    private let ppollNumber = "73"
#endif
