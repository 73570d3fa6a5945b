// SPDX-License-Identifier: MIT
import CSystem
@_spi(System) import Footfall
import Glibc
import SegmentDestination

/// Ends the process as a trap does, without a long report about all threads.
private func trap() -> Never {
    signal(SIGABRT, SIG_DFL)
    abort()
}

/// A plugin that ends the process where the arguments say so.
///
///     where=before|enrichment|after|inner|hook|timer  at an event with the property `poison`, or a timer's event
///     where=configure|start|application
///     every  at every event      policy=hold|pass
///     work=MS  how long it takes for an event      log=FILE  what it entered and left
private class Plant: Plugin {
    let type: PluginType
    let name: String
    let onFailure: FailurePolicy
    private let place: String
    private let dies: Bool
    private let isAlways: Bool
    private let work: UInt32
    private let log: Int32

    init(_ arguments: Arguments, _ type: PluginType) {
        self.type = type
        place = arguments.text("where") ?? ""
        name = arguments.text("name") ?? "Plant"
        onFailure = (arguments.text("policy") ?? (type == .before ? "hold" : "pass")) == "hold" ? .hold : .pass
        dies = !arguments.has("mended")
        isAlways = arguments.has("every")
        work = UInt32(arguments.number("work") ?? 0) * 1_000
        log = arguments.text("log").map { open($0, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600) } ?? -1
    }

    func configure(analytics: Analytics) { if place == "configure", dies { trap() } }

    func execute(_ event: inout Event) -> Verdict {
        note("entered", event)
        if work > 0 { usleep(work) }
        if dies, isAlways || event.properties["poison"] == true { trap() }
        if type != .after { event.context["planted"] = .string(name) }
        note("left", event)
        return .keep
    }

    private func note(_ word: String, _ event: borrowing Event) {
        guard log >= 0 else { return }
        let line = "\(word) \(event.messageId)\n"
        _ = line.withCString { write(log, $0, strlen($0)) }
    }
}

/// Dies when the application becomes active.
private final class ActivePlant: Plant, ApplicationPlugin {
    func application(_ change: ApplicationChange, at moment: Moment) -> [Event] {
        if case .becameActive = change { trap() }
        return []
    }
}

/// Dies at the client's start.
private final class StartPlant: Plant, StartPlugin {
    let storedKeys: [String] = []
    func start(_ values: [String: String], at moment: Moment) -> PluginStart { trap() }
}

/// Makes an event of its own at once, at which the chain dies.
private final class TimerPlant: Plant, TimerPlugin {
    private(set) var nextTime: Int64 = 0
    func timeReached(at moment: Moment) -> [Event] {
        nextTime = .max
        return [Event(name: "Own", properties: ["poison": true], at: moment)]
    }
}

/// A destination that delivers by itself, and dies at an event.
private final class HookPlant: DestinationPlugin {
    let key = "Hook"
    let name = "hook"
    let usesHooks = true
    let timeline = Timeline()
    private let plant: Plant
    init(_ plant: Plant) { self.plant = plant }
    func track(_ event: inout Event) -> Verdict { plant.execute(&event) }
    func makeDelivery() -> (any Delivery)? { nil }
}

/// Tracks `count` events `RUN-0`…, of which number `poison` ends a planted plugin, and delivers all. With `wait`, it
/// waits for the end of its input before that, and tracks `late` more events then.
func trackWithPlant(_ arguments: Arguments) {
    var limit = rlimit(rlim_cur: 0, rlim_max: 0)
    setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &limit)
    dieLater(arguments)
    let analytics = Analytics(
        configuration: Configuration(writeKey: "KEY").clock(clock(arguments))
            .stateDirectory(arguments.text("state") ?? "").flushAt(1_000_000).flushInterval(.zero)
            .delivers(arguments.text("delivers") != "0")
            .errorHandler { say("error \($0.code.rawValue) \($0.message)") })
    let note = arguments.text("note").map(Note.init)
    // Before the plugins: a process that dies in the first configure leaves its records.
    if arguments.text("where") == "configure" { track(analytics, arguments, note) }
    let destination = arguments.text("segment").map { SegmentDestination(endpoint: $0) }
    switch arguments.text("where") {
    case "before": analytics.add(plugin: Plant(arguments, .before))
    case "after": analytics.add(plugin: Plant(arguments, .after))
    case "application": analytics.add(plugin: ActivePlant(arguments, .utility))
    case "start": analytics.add(plugin: StartPlant(arguments, .enrichment))
    case "timer": analytics.add(plugin: TimerPlant(arguments, .enrichment))
    case "inner": destination?.add(plugin: Plant(arguments, .enrichment))
    case "hook": analytics.add(plugin: HookPlant(Plant(arguments, .enrichment)))
    case "none": break
    default: analytics.add(plugin: Plant(arguments, .enrichment))
    }
    if let destination { analytics.add(plugin: destination) }
    if arguments.text("where") != "configure" { track(analytics, arguments, note) }
    if let delay = arguments.number("exitAfter") {
        usleep(UInt32(delay))
        exit(0)
    }
    if arguments.has("fork") { forkWithPlant(analytics, arguments) }
    if arguments.text("where") == "application" { analytics.applicationDidBecomeActive() }
    if arguments.has("wait") { waitForEndOfInput() }
    for number in 0..<(arguments.number("late") ?? 0) {
        analytics.track(name: "Counted", options: CallOptions(messageId: "late-\(number)"))
    }
    if arguments.text("delivers") == "0" {
        // A flush delivers, and a kill during that repeats a batch.
        _ = analytics.store(timeout: .seconds(30))
    } else {
        say("queued \(analytics.flush(timeout: .seconds(30)).queued)")
    }
    let dropped = analytics.counters.dropped.map { "\($0.key.rawValue)=\($0.value)" }.sorted()
    say("dropped \(dropped.joined(separator: " "))")
    say("closed \(analytics.close(timeout: .seconds(10)))")
}

private func track(_ analytics: Analytics, _ arguments: Arguments, _ note: Note?) {
    let run = arguments.text("run") ?? "run"
    for number in 0..<(arguments.number("count") ?? 10) {
        let properties: JSONObject =
            number == arguments.number("poison")
            ? ["n": .int(Int64(number)), "poison": true] : ["n": .int(Int64(number))]
        analytics.track(
            name: "Counted", properties: properties, options: CallOptions(messageId: "\(run)-\(number)"))
        note?.write(number + 1)
        if let pause = arguments.number("pause") { usleep(UInt32(pause)) }
    }
}

private func forkWithPlant(_ analytics: Analytics, _ arguments: Arguments) {
    let child = ftf_fork()
    guard child == 0 else {
        var status: Int32 = 0
        waitpid(child, &status, 0)
        return say("child \(status)")
    }
    for number in 0..<5 {
        analytics.track(name: "Child", options: CallOptions(messageId: "child\(arguments.text("run") ?? "")-\(number)"))
    }
    _exit(analytics.store(timeout: .seconds(10)) == nil ? 0 : 75)
}

/// The system's clock, `later` seconds ahead.
private func clock(_ arguments: Arguments) -> SystemClock {
    guard let later = arguments.number("later").map(Int64.init) else { return .system }
    let system = SystemClock.system
    return SystemClock(
        wall: { Timestamp(milliseconds: system.wall().milliseconds + later * 1_000) },
        boot: { system.boot() + later * 1_000_000_000 }, bootID: system.bootID, notBefore: system.notBefore,
        isSynchronized: { true })
}
