// SPDX-License-Identifier: MIT
import CSystem
import Footfall
import FootfallStore
import Glibc

/// Tracks `rate` events a second, each `bytes` long besides its own members,
/// until its input ends. `log=FILE` gets the time of each call that returned:
/// nanoseconds since boot, 8 bytes. With `durable` each waits until it is safe
/// from a power cut.
func trackAtAPace(_ arguments: Arguments) {
    let analytics = makeClient(arguments)
    let run = arguments.text("run") ?? "pace"
    let pause = 1_000_000_000 / Int64(max(arguments.number("rate") ?? 100, 1))
    let padding = String(repeating: "p", count: arguments.number("bytes") ?? 0)
    let log = open(arguments.text("log") ?? "/dev/null", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    var next = ftf_boot_nanoseconds()
    var number = 0
    while ftf_wait_readable_for(0, max(next - ftf_boot_nanoseconds(), 0)) == 0 {
        next += pause
        analytics.trackPadded("\(run)-\(number)", padding, durability: arguments.has("durable") ? .immediate : nil)
        var now = ftf_boot_nanoseconds()
        write(log, &now, 8)
        number += 1
    }
    say("closed \(analytics.close(timeout: .seconds(10)))")
}

extension Analytics {
    fileprivate func trackPadded(
        _ id: String, _ padding: String, durability: Durability? = nil, priority: Priority? = nil
    ) {
        track(
            name: "Counted", properties: padding.isEmpty ? [:] : ["padding": .string(padding)],
            options: CallOptions(messageId: id, priority: priority, durability: durability))
    }
}

/// Opts out and dies in the next statement.
func optOutAndDie(_ arguments: Arguments) {
    makeClient(arguments).optOut()
    kill(getpid(), SIGKILL)
}

/// Does what its input says, a command a line, and answers each with a line:
///
///     track PREFIX COUNT BYTES PAUSE [critical|low]
///                                        tracked SLOWEST-µs
///     begin PREFIX RATE BYTES            begun
///     halt                               halted COUNT SLOWEST-µs
///     store SECONDS                      stored true|WHY
///     flush MS                           flushed QUEUED
///     visitor begin|end                  visitor begin|end
///     identify USER                      identified
///     descriptors none, descriptors some descriptors none|some
///     filelimit BYTES|-1                 filelimit BYTES
///     optout, optin, forget              said NANOSECONDS-SINCE-BOOT
///     counters                           counters STORED DELIVERED DROPPED
///     io                                 io BYTES-WRITTEN
///     memory                             memory KIB-AT-MOST
///     switches                           switches COUNT THREADS
///     spawn PROGRAM WORDS                its output, then spawned STATUS
///     close                              closed true|false
func obey(_ arguments: Arguments) {
    let analytics = makeClient(arguments)
    let load = PacedLoad(analytics)
    say("ready \(getpid())")
    while let line = readLine() {
        let words = line.split(separator: " ").map(String.init)
        func argument(_ place: Int) -> Int { words.count > place ? Int(words[place]) ?? 0 : 0 }
        switch words.first {
        case "track":
            let padding = String(repeating: "p", count: argument(3))
            let priority: Priority? = words.last == "critical" ? .critical : words.last == "low" ? .low : nil
            var slowest: Int64 = 0
            for count in 0..<argument(2) {
                let begin = ftf_boot_nanoseconds()
                analytics.trackPadded("\(words[1])-\(count)", padding, priority: priority)
                slowest = max(slowest, ftf_boot_nanoseconds() - begin)
                if argument(4) > 0 { usleep(UInt32(argument(4))) }
            }
            say("tracked \(slowest / 1_000)")
        case "begin":
            load.begin(words[1], rate: argument(2), bytes: argument(3))
            say("begun")
        case "halt":
            let (count, slowest) = load.halt()
            say("halted \(count) \(slowest / 1_000)")
        case "store":
            let problem = analytics.store(timeout: .seconds(argument(1)))
            say("stored \(problem.map { $0.message } ?? "true")")
        case "flush": say("flushed \(analytics.flush(timeout: .milliseconds(argument(1))).queued)")
        case "optout":
            analytics.optOut()
            say("said \(ftf_boot_nanoseconds())")
        case "optin":
            analytics.optIn()
            say("said \(ftf_boot_nanoseconds())")
        case "forget":
            analytics.forget()
            say("said \(ftf_boot_nanoseconds())")
        case "visitor":
            words.last == "begin" ? analytics.visitor.begin() : analytics.visitor.end()
            say("visitor \(words.last ?? "")")
        case "identify":
            analytics.identify(userId: words[1], traits: ["mail": .string("\(words[1])@example.com")])
            say("identified")
        case "descriptors":
            if words.last == "none" { useUpDescriptors() } else { giveBackDescriptors() }
            say("descriptors \(words.last ?? "")")
        case "filelimit":
            limitFiles(argument(1))
            say("filelimit \(argument(1))")
        case "counters":
            let counters = analytics.counters
            say("counters \(counters.stored) \(counters.delivered) \(counters.dropped.values.reduce(0, +))")
        case "io": say("io \(bytesWritten())")
        case "memory": say("memory \(number(in: "/proc/self/status", "VmHWM:"))")
        case "switches":
            let (count, threads) = voluntarySwitches()
            say("switches \(count) \(threads)")
        case "spawn": say("spawned \(spawn(Array(words.dropFirst())))")
        case "close": say("closed \(analytics.close(timeout: .seconds(10)))")
        default: say("unknown \(line)")
        }
    }
}

/// Runs a program with what it inherits; its status, or -1.
private func spawn(_ words: [String]) -> Int32 {
    var child: pid_t = 0
    var pointers = words.map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    guard posix_spawnp(&child, words.first ?? "", nil, nil, &pointers, environ) == 0 else { return -1 }
    var status: Int32 = -1
    while waitpid(child, &status, 0) < 0, errno == EINTR {}
    return status
}

/// Tracks on a thread of its own until it is told to halt.
private final class PacedLoad: @unchecked Sendable {
    private let analytics: Analytics
    private let lock = Lock()
    private var isHalted = false
    private var result: (count: Int, slowest: Int64)?
    private let ended = ftf_eventfd()

    init(_ analytics: Analytics) { self.analytics = analytics }

    func begin(_ prefix: String, rate: Int, bytes: Int) {
        lock.withLock { (isHalted, result) = (false, nil) }
        onThread { self.run(prefix, 1_000_000_000 / Int64(max(rate, 1)), String(repeating: "p", count: bytes)) }
    }

    private func run(_ prefix: String, _ pause: Int64, _ padding: String) {
        var count = 0
        var slowest: Int64 = 0
        var next = ftf_boot_nanoseconds()
        while !lock.withLock({ isHalted }) {
            let begin = ftf_boot_nanoseconds()
            analytics.trackPadded("\(prefix)-\(count)", padding)
            slowest = max(slowest, ftf_boot_nanoseconds() - begin)
            count += 1
            next += pause
            let left = next - ftf_boot_nanoseconds()
            if left > 0 { _ = ftf_wait_readable_for(-1, left) }
        }
        lock.withLock { result = (count, slowest) }
        ftf_eventfd_raise(ended)
    }

    func halt() -> (count: Int, slowest: Int64) {
        lock.withLock { isHalted = true }
        while true {
            if let result = lock.withLock({ result }) { return result }
            _ = ftf_wait_readable_for(ended, 1_000_000_000)
            ftf_fd_drain(ended)
        }
    }
}

/// Bytes that this process gave to write calls of any kind.
private func bytesWritten() -> Int { number(in: "/proc/self/io", "wchar:") }

/// The number behind a word at the beginning of a line.
private func number(in file: String, _ word: String) -> Int {
    let text = (try? SmallFile.read(file)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix(word) }
    let words = line?.split { $0 == " " || $0 == "\t" } ?? []
    return words.count > 1 ? Int(words[1]) ?? 0 : 0
}

/// How often the client's threads gave up the processor by themselves.
private func voluntarySwitches() -> (count: Int, threads: Int) {
    var sum = 0
    var threads = 0
    for task in Listing.names(in: "/proc/self/task") where task != "\(getpid())" {
        guard let bytes = try? SmallFile.read("/proc/self/task/\(task)/status") else { continue }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        guard lines.contains(where: { $0.hasPrefix("Name:\tfootfall") }),
            let line = lines.first(where: { $0.hasPrefix("voluntary_ctxt_switches:") })
        else { continue }
        threads += 1
        sum += line.split(separator: "\t").last.flatMap { Int($0) } ?? 0
    }
    return (sum, threads)
}
