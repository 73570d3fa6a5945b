// SPDX-License-Identifier: MIT
import CSystem
@_spi(System) import Footfall
import Glibc

/// A process that the reliability tests start, kill, fork and let exit.
@main struct ReliabilityHost {
    static func main() {
        let arguments = Arguments(CommandLine.arguments)
        switch arguments.mode {
        case "kill": trackAndDie(arguments)
        case "identify": identifyAndDie(arguments)
        case "adopt": adopt(arguments)
        case "recover": recover(arguments)
        case "deliver": deliver(arguments)
        case "fork": forkUnderLoad(arguments)
        case "forkfirst": forkFirst(arguments)
        case "daemon": becomeDaemon(arguments)
        case "forkheld": forkWhileHeld(arguments)
        case "visit": visitAndDie(arguments)
        case "signal": waitForASignal(arguments)
        case "expire": trackAtExpiry(arguments)
        case "leave": leave(arguments)
        case "block": blockMainThread(arguments)
        case "numbers": sendNumbers(arguments)
        case "pace": trackAtAPace(arguments)
        case "optoutdie": optOutAndDie(arguments)
        case "append": appendAndDie(arguments)
        case "obey": obey(arguments)
        case "leave-extremes": leaveForExtremes(arguments)
        case "extremes": tryExtremes(arguments)
        case "simulate": liveThrough(arguments)
        case "plant": trackWithPlant(arguments)
        case "blockplugin": blockInAPlugin(arguments)
        case "configured": runConfigured(arguments)
        case "forkdisabled": forkDisabled(arguments)
        case "recording": sayWhetherItRecords(arguments)
        default:
            say("unknown mode \(arguments.mode)")
            exit(64)
        }
    }
}

// MARK: - Death

/// Tracks `count` events and dies in the next statement, or before: after
/// `killAfter` microseconds, on another thread. `note=FILE` gets the number of
/// calls that returned.
func trackAndDie(_ arguments: Arguments) {
    let analytics = makeClient(arguments, holding: arguments.has("hold") ? Holding() : nil)
    let note = arguments.text("note").map(Note.init)
    let run = arguments.text("run") ?? ""
    dieLater(arguments)
    analytics.track(run, 0..<(arguments.number("count") ?? 1_000)) { note?.write($0 + 1) }
    kill(getpid(), SIGKILL)
}

/// Dies on a thread of its own after `killAfter` microseconds.
func dieLater(_ arguments: Arguments) {
    guard let microseconds = arguments.number("killAfter") else { return }
    onThread {
        usleep(UInt32(microseconds))
        kill(getpid(), SIGKILL)
    }
}

/// Changes the identity and dies in the next statement.
func identifyAndDie(_ arguments: Arguments) {
    let analytics = makeClient(arguments, holding: arguments.has("hold") ? Holding() : nil)
    if arguments.has("earlier") {
        analytics.identify(userId: "earlier", traits: ["plan": "member"])
        _ = analytics.store(timeout: .seconds(10))
    }
    if arguments.has("reset") { analytics.reset() }
    say("anonymousId \(analytics.anonymousId)")
    if let user = arguments.text("user") { analytics.identify(userId: user, traits: ["plan": "guest"]) }
    kill(getpid(), SIGKILL)
}

/// Begins a visit, tracks one event in it, and dies before anything is stored.
func visitAndDie(_ arguments: Arguments) {
    let analytics = makeClient(arguments, holding: Holding())
    analytics.visitor.begin()
    analytics.track("visit", 0..<1)
    say("visitor \(analytics.visitor.id ?? "")")
    say("installation \(analytics.anonymousId == analytics.visitor.id)")
    kill(getpid(), SIGKILL)
}

/// Ends in order when a signal comes; its own process sends it.
func waitForASignal(_ arguments: Arguments) {
    let analytics = makeClient(arguments)
    analytics.add(plugin: TerminationSignals())
    analytics.track("signal", 0..<(arguments.number("count") ?? 1))
    _ = analytics.find(TerminationSignals.self)?.read { $0.descriptor }
    analytics.track("late", 0..<(arguments.number("count") ?? 1))
    kill(getpid(), Int32(arguments.number("number") ?? Int(SIGTERM)))
    waitForEndOfInput()
}

/// Keeps the number of calls that returned in a file, where it survives.
struct Note: Sendable {
    private let descriptor: Int32

    init(path: String) { descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600) }

    func write(_ number: Int) {
        var value = Int64(number)
        pwrite(descriptor, &value, 8, 0)
    }
}

// MARK: - Storing and delivering

/// Adopts what lies there, stores it and ends.
func adopt(_ arguments: Arguments) {
    let analytics = makeClient(arguments)
    dieLater(arguments)
    say("stored \(analytics.store(timeout: .seconds(30)) == nil)")
    say("closed \(analytics.close(timeout: .seconds(10)))")
}

/// Tracks `count` events and delivers all there is, within `wait` milliseconds.
func deliver(_ arguments: Arguments) {
    let analytics = makeClient(arguments)
    analytics.track(arguments.text("run") ?? "deliver", 0..<(arguments.number("count") ?? 0))
    let report = analytics.flush(timeout: .milliseconds(arguments.number("wait") ?? 60_000))
    say("queued \(report.queued)")
    say("blocked \(report.isBlocked)")
    for problem in report.problems { say("problem \(problem)") }
    say("closed \(analytics.close(timeout: .seconds(10)))")
}

/// Exits with status 0 `delay` microseconds after it began to deliver: by
/// exit(3), or by returning from main.
func leave(_ arguments: Arguments) {
    let analytics = makeClient(arguments)
    analytics.track(arguments.text("run") ?? "leave", 0..<1)
    analytics.flush()
    usleep(UInt32(arguments.number("delay") ?? 0))
    if arguments.has("exit") { exit(0) }
    _ = analytics
}

/// Eight threads track while the main thread waits for the end of its input.
func blockMainThread(_ arguments: Arguments) {
    let analytics = makeClient(arguments)
    for thread in 0..<8 {
        onThread { analytics.track("t\(thread)", 0..<(arguments.number("count") ?? 100)) }
    }
    waitForEndOfInput()
    say("closed \(analytics.close(timeout: .seconds(10)))")
}

func waitForEndOfInput() {
    var byte: UInt8 = 0
    while read(0, &byte, 1) != 0 {}
}

/// Sends the numbers of `json` as they are.
func sendNumbers(_ arguments: Arguments) {
    let analytics = makeClient(arguments)
    guard let properties = try? JSONParser.parse(arguments.text("json") ?? "").objectValue else { exit(65) }
    analytics.track(name: "Numbers", properties: properties)
    say("queued \(analytics.flush(timeout: .seconds(20)).queued)")
}

// MARK: - Threads

private final class Body {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

/// Runs a body on a thread of its own.
func onThread(_ body: @escaping @Sendable () -> Void) {
    ftf_thread_start("host", runBody, Unmanaged.passRetained(Body(body)).toOpaque())
}

private func runBody(_ argument: UnsafeMutableRawPointer?) {
    guard let argument else { return }
    Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
}
