// SPDX-License-Identifier: MIT
import CSystem
import Footfall
import FootfallStore
import Glibc

/// A child of this process, and a pipe that ends when it does.
private struct Child {
    let pid: pid_t
    let ending: Int32

    /// Forks; the child runs `body` and ends there.
    init?(_ body: () -> Never) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return nil }
        ending = ends[0]
        pid = ftf_fork()
        if pid == 0 {
            close(ends[0])
            body()
        }
        close(ends[1])
        guard pid > 0 else { return nil }
    }

    /// How it ended: its status, or `nil` when it hung and had to be killed.
    func wait(atMost limit: Duration) -> Int32? {
        let isEnded = ftf_wait_readable_for(ending, limit.nanoseconds) == 1
        if !isEnded { kill(pid, SIGKILL) }
        close(ending)
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        return isEnded ? status : nil
    }
}

/// What the tracking threads share.
private final class Load: @unchecked Sendable {
    private let lock = Lock()
    private var stops = false
    private var tracked: [Int: Int] = [:]
    private let finished = ftf_eventfd()

    var isStopping: Bool { lock.withLock { stops } }

    func stop() { lock.withLock { stops = true } }

    func ended(_ thread: Int, after count: Int) {
        lock.withLock { tracked[thread] = count }
        ftf_eventfd_raise(finished)
    }

    /// How many events each thread tracked, when all ended.
    func wait(for threads: Int) -> [Int] {
        while true {
            let counts = lock.withLock { tracked }
            if counts.count == threads { return (0..<threads).map { counts[$0] ?? 0 } }
            _ = ftf_wait_readable_for(finished, Duration.seconds(10).nanoseconds)
            ftf_fd_drain(finished)
        }
    }
}

/// Forks `forks` times while three threads track. Each child tracks 20 events,
/// waits until they are stored, and ends by _exit or exit in turn.
func forkUnderLoad(_ arguments: Arguments) {
    let analytics = makeClient(arguments)
    let load = Load()
    for thread in 0..<3 {
        onThread {
            var number = 0
            while !load.isStopping {
                analytics.track("p\(thread)", number..<(number + 1))
                number += 1
                usleep(100)
            }
            load.ended(thread, after: number)
        }
    }
    let pause = UInt32(arguments.number("pause") ?? 5_000)
    var children: [Child] = []
    var slowest: Int64 = 0
    for number in 0..<(arguments.number("forks") ?? 50) {
        usleep(pause)
        let begin = ftf_boot_nanoseconds()
        let child = Child {
            analytics.track("c\(number)", 0..<20)
            let problem = analytics.store(timeout: .seconds(20))
            if let problem { say("child \(number) \(problem.message)") }
            number.isMultiple(of: 2) ? _exit(0) : exit(0)
        }
        slowest = max(slowest, ftf_boot_nanoseconds() - begin)
        if let child { children.append(child) }
    }
    load.stop()
    say("tracked \(load.wait(for: 3).map(String.init).joined(separator: " "))")
    let ends = children.map { $0.wait(atMost: .seconds(30)) }
    say("forked \(children.count)")
    say("hung \(ends.count { $0 == nil })")
    say("failed \(ends.count { $0 != nil && $0 != 0 })")
    say("slowest \(slowest / 1_000_000)")
    say("queued \(analytics.flush(timeout: .seconds(30)).queued)")
    say("closed \(analytics.close(timeout: .seconds(10)))")
}

/// Forks before anything was called; both sides track 20 events and deliver.
func forkFirst(_ arguments: Arguments) {
    let analytics = makeClient(arguments)
    let child = Child {
        analytics.track("child", 0..<20)
        let queued = analytics.flush(timeout: .seconds(20)).queued
        exit(queued == 0 ? 0 : 75)
    }
    analytics.track("parent", 0..<20)
    say("child \(child?.wait(atMost: .seconds(30)) ?? -1)")
    say("queued \(analytics.flush(timeout: .seconds(20)).queued)")
    say("closed \(analytics.close(timeout: .seconds(10)))")
}

/// Forks, and the parent ends in order while the child goes on and tracks 200
/// events. The child ends when its input does.
func becomeDaemon(_ arguments: Arguments) {
    let analytics = makeClient(arguments)
    analytics.track("parent", 0..<50)
    let child = ftf_fork()
    guard child == 0 else {
        say("child \(child)")
        if arguments.has("close") { analytics.close() }
        return
    }
    setsid()
    for number in 0..<200 {
        analytics.track("child", number..<(number + 1))
        usleep(500)
    }
    waitForEndOfInput()
    // A request whose answer is under way would be made again.
    say("queued \(analytics.flush(timeout: .seconds(10)).queued)")
    say("closed \(analytics.close(timeout: .seconds(10)))")
}

/// Forks while a plugin holds the pipeline: the child can only write its spool.
func forkWhileHeld(_ arguments: Arguments) {
    let holding = Holding()
    let analytics = makeClient(arguments, holding: holding)
    if arguments.has("handle") { analytics.add(plugin: Noted()) }
    analytics.track("parent", 0..<100)
    // The pipeline has taken them when it waits in the plugin, 100 being enough
    // to wake it. Too early is another case that must hold.
    if let pause = arguments.number("pause") { usleep(UInt32(pause)) } else { holding.waitUntilHeld() }
    let begin = ftf_boot_nanoseconds()
    let child = Child {
        analytics.track("child", 0..<20)
        analytics.flush()
        let begin = ftf_boot_nanoseconds()
        let problem = analytics.store(timeout: .seconds(1))
        say("child \(problem.map { $0.code.rawValue } ?? "stored")")
        say("answered \((ftf_boot_nanoseconds() - begin) / 1_000_000)")
        if arguments.has("handle") {
            let id: String? = analytics.find(Noted.self)?.read { $0.id }
            say("handle \(id ?? "none")")
        }
        say("closed \(analytics.close(timeout: .seconds(1)))")
        arguments.has("exit") ? exit(0) : _exit(0)
    }
    say("took \((ftf_boot_nanoseconds() - begin) / 1_000_000)")
    let end = child?.wait(atMost: .seconds(20))
    say("ended \(end.map { "\($0)" } ?? "hung")")
    holding.letGo()
    say("closed \(analytics.close(timeout: .seconds(10)))")
}

/// A plugin to be asked for.
private final class Noted: Plugin {
    let type = PluginType.utility
    let id = "noted"
}
