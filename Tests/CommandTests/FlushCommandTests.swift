// SPDX-License-Identifier: MIT
import Footfall
import FootfallCollector
import Glibc
import TestSupport
import Testing

/// What a flush and a wait are about, when they end, and what they say.
@Suite struct FlushCommandTests {
    let footfall = Command()
    /// Where no server listens.
    private let nowhere = "http://127.0.0.1:9/"

    /// A configuration with these webhooks; one whose name begins with `-` is not enabled.
    private func configure(_ destinations: [(name: String, url: String)], _ more: String = "") throws {
        let list = destinations.map { name, url in
            let isEnabled = !name.hasPrefix("-")
            let plain = isEnabled ? name : String(name.dropFirst())
            return #"{"type":"webhook","name":"\#(plain)","endpoint":"\#(url)","enabled":\#(isEnabled)}"#
        }
        footfall.environment["FOOTFALL_CONFIG"] = try footfall.write(
            "c.json", #"{"session":false,\#(more)"destinations":[\#(list.joined(separator: ","))]}"#)
    }

    private func server(
        _ answer: @escaping @Sendable (String, Int) -> CollectorAnswer = { _, _ in .accept }
    ) throws -> Collector {
        var configuration = CollectorConfiguration()
        configuration.output = "\(footfall.home)/collected.ndjson"
        configuration.answer = answer
        return try Collector(configuration)
    }

    private func hook(_ collector: Collector) -> String { "\(collector.url)/webhook" }

    // MARK: - Destinations that the configuration does not have

    @Test(arguments: [("old", "is not configured"), ("-old", "is disabled")])
    func aBacklogOfADestinationThatIsGoneIsNamedAndNotWaitedFor(_ name: String, _ reason: String) throws {
        let collector = try server()
        defer { collector.stop() }
        try configure([("new", hook(collector)), ("old", nowhere)])
        try footfall("track", "A")
        try footfall("track", "B")
        try configure([("new", hook(collector))] + (name.hasPrefix("-") ? [(name, nowhere)] : []))
        let run = try footfall("flush", "--json")
        #expect(run.status == 0, "\(run)")
        #expect(run.json?["delivered"] == 2 && run.json?["queued"] == 0)
        let key: JSON = reason == "is disabled" ? "disabled" : "notConfigured"
        #expect(run.json?["queuedElsewhere"] == [["destination": "old", "queued": 2, "reason": key]])
        let cure = reason == "is disabled" ? #"set "enabled": true for it"# : "add it to the configuration"
        let end = "for \"old\", which \(reason); \(cure), or remove it with footfall destinations drop old\n"
        #expect(run.talk == "footfall: 2 events wait \(end)")
        #expect(try footfall("track", "C", "--wait=20").status == 0, "a wait does not speak of it")
        #expect(try footfall("destinations", "drop", "old").status == 0)
        #expect(try footfall("flush").talk == "delivered 0, queued 0, dead letters 0, dropped 0\n")
    }

    @Test func aNameWithASpaceIsQuotedForTheShell() throws {
        let collector = try server()
        defer { collector.stop() }
        try configure([("new", hook(collector)), ("it's old", nowhere)])
        try footfall("track", "A")
        try configure([("new", hook(collector))])
        let talk = try footfall("flush").talk
        #expect(talk.contains("footfall: 1 event waits for "), "\(talk)")
        #expect(talk.hasSuffix("remove it with footfall destinations drop 'it'\\''s old'\n"), "\(talk)")
    }

    @Test func flushEndsWith64WithoutADestination() throws {
        try footfall("track", "T")
        let run = try footfall("flush", "--json")
        #expect(run.status == 64)
        #expect(run.output == "")
        #expect(run.talk.contains("footfall: no destination is configured; set FOOTFALL_WRITE_KEY"), "\(run.talk)")
        try configure([("-old", nowhere)])
        let disabled = try footfall("flush")
        #expect(disabled.status == 64 && disabled.talk.contains(#"no destination is enabled; set "enabled": true"#))
    }

    @Test func aWaitWithoutADestinationEndsWith64AndSaysThatTheEventIsStored() throws {
        let run = try footfall("track", "T", "--wait=1", "--json")
        #expect(run.status == 64)
        #expect(run.json?["stored"] == true)
        #expect(run.talk.contains("the event is stored, but no destination is configured"), "\(run.talk)")
        let sent = try footfall.run(["send", "--deliver", "--json"], "{\"type\":\"track\",\"event\":\"A\"}\n")
        #expect(sent.status == 64 && sent.json?["stored"] == 1, "\(sent)")
    }

    // MARK: - Refused events

    /// A server that answers 400 to these requests.
    private func refusing(_ isRefused: @escaping @Sendable (Int) -> Bool) throws -> Collector {
        try server { _, number in isRefused(number) ? .status(400, body: "no plan") : .accept }
    }

    @Test func flushTellsDeadLettersFromDroppedEvents() throws {
        // Both together, the first alone; the second alone is taken.
        let collector = try refusing { $0 <= 2 }
        defer { collector.stop() }
        try configure([("hook", hook(collector))])
        for name in ["Bad", "Good"] { try footfall("track", name) }
        let run = try footfall("flush")
        #expect(run.status == 0)
        #expect(
            run.talk == """
                delivered 1, queued 0, dead letters 1, dropped 0
                footfall: 1 event is a dead letter now; footfall dead-letters list shows why

                """)
        #expect(try footfall("flush", "--json").json?["deadLettered"] == 0, "since the flush began")
    }

    @Test func aWaitDoesNotFailForAnOlderEvent() throws {
        let collector = try refusing { $0 <= 2 }
        defer { collector.stop() }
        try configure([("hook", hook(collector))])
        try footfall("track", "Bad")
        let run = try footfall("track", "Good", "--wait=20")
        #expect(run.status == 0 && run.talk == "", "\(run)")
        #expect(try footfall("dead-letters", "--json").lines.count == 1)
    }

    @Test func aWaitSaysWhichDestinationRefusedTheEvent() throws {
        // Both together; the backlog is taken, and the event is refused.
        let (strict, kind) = (try refusing { $0 == 1 || $0 == 3 }, try server())
        defer {
            strict.stop()
            kind.stop()
        }
        try configure([("strict", hook(strict)), ("kind", hook(kind))])
        try footfall("track", "Good")
        let run = try footfall("track", "Bad", "--wait=20")
        #expect(run.status == 69)
        #expect(
            run.talk
                == "footfall: strict refused the event: the server answered 400: no plan; footfall dead-letters list shows it\n"
        )
        #expect(try footfall("track", "Fine", "--wait=20").status == 0)
    }

    @Test func aWaitSaysThatASingleRefusedEventStillWaits() throws {
        let collector = try refusing { _ in true }
        defer { collector.stop() }
        try configure([("hook", hook(collector))])
        let run = try footfall("track", "Bad", "--wait=20")
        #expect(run.status == 69, "\(run)")
        #expect(
            run.talk.contains("the event is stored, but not delivered yet: hook: the server answered 400: no plan"),
            "the server may be at fault: \(run.talk)")
    }

    // MARK: - Waiting in vain

    @Test func aTimeThatTheServerNamedIsNotWaitedForWhenItIsTooLate() throws {
        let collector = try server { _, _ in .status(429, headers: [("Retry-After", "7200")]) }
        defer { collector.stop() }
        try configure([("hook", hook(collector))])
        try footfall("track", "T")
        // The wall limit of a run is a minute.
        let run = try footfall("flush", "--timeout", "1h", "--json")
        #expect(run.status == 75)
        #expect(run.json?["nextAttempt"]?.stringValue.flatMap { Timestamp($0) } != nil)
        #expect(
            run.talk.contains("1 event still queued: hook: the server answered 429; next attempt at 20")
                && run.talk.contains("Z (in 7"), "\(run.talk)")
        let waiting = try footfall("track", "U", "--wait=1h")
        #expect(waiting.status == 75)
        #expect(waiting.talk.contains("the event is stored, but not delivered yet: hook: the server answered 429"))
    }

    @Test func aTimeWithinTheWaitIsWaitedFor() throws {
        let collector = try server { _, number in
            number == 1 ? .status(429, headers: [("Retry-After", "1")]) : .accept
        }
        defer { collector.stop() }
        try configure([("hook", hook(collector))])
        try footfall("track", "T")
        #expect(try footfall("flush", "--timeout", "30").status == 0)
    }

    /// The environment of a command that a test starts by itself.
    private func environment() -> [String: String] {
        footfall.environment.merging(
            ["HOME": footfall.home, "XDG_STATE_HOME": "\(footfall.home)/state"]) { _, own in own }
    }

    /// A server that answers no request and says that one came; an event waits for it.
    private func hangingServer() throws -> (asked: Signal, collector: Collector) {
        let asked = Signal()
        let collector = try server { _, _ in
            asked.raise()
            return .neverAnswer
        }
        try configure([("hook", hook(collector))])
        try footfall("track", "T")
        return (asked, collector)
    }

    @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
    func aSignalEndsTheWaitAndPrintsWhereItStands(_ signal: Int32) throws {
        let (asked, collector) = try hangingServer()
        defer { collector.stop() }
        for words in [["flush", "--timeout", "50s"], ["track", "U", "--wait=50s"]] {
            let process = try ChildProcess(
                program: ChildProcess.built("footfall"), words + ["--json"], environment: environment(),
                inherits: false,
                errors: .file("\(footfall.home)/err"))
            #expect(asked.wait())
            kill(process.id, signal)
            let ending = process.wait(atMost: .seconds(40))
            #expect(ending.status == 75, "\(ending)")
            let talk = try footfall.read("err")
            #expect(talk.hasPrefix("footfall: stopped by signal \(signal): "), "\(talk)")
            #expect(talk.contains(words[0] == "flush" ? "1 event still queued: hook: " : "the event is stored"))
        }
        #expect(try footfall("status", "--json").json?["store"]?.objectValue?["queued"] == 2)
    }

    @Test func aSecondSignalDoesNotReplaceTheExitStatus() throws {
        let (asked, collector) = try hangingServer()
        defer { collector.stop() }
        let process = try ChildProcess(
            program: ChildProcess.built("footfall"), ["flush", "--timeout", "50s", "--json"],
            environment: environment(),
            inherits: false)
        #expect(asked.wait())
        kill(process.id, SIGTERM)
        // The report, which is printed after the wait ended.
        #expect(process.line()?.hasPrefix("{\"delivered\":0") == true)
        for signal in [SIGTERM, SIGINT, SIGHUP] { kill(process.id, signal) }
        let ending = process.wait(atMost: .seconds(40))
        #expect(ending.status == 75, "\(ending)")
    }

    @Test func sendDeliversNothingLaterThanAFlushWould() throws {
        let collector = try server { _, number in
            number == 1 ? .status(400, body: "no plan") : .status(429, headers: [("Retry-After", "120")])
        }
        defer { collector.stop() }
        try configure([("hook", hook(collector))])
        let lines = (1...2).map { "{\"type\":\"track\",\"event\":\"E\($0)\"}\n" }.joined()
        // The wall limit of a run is a minute.
        let run = try footfall.run(["send", "--deliver", "--json"], lines)
        #expect(run.status == 75 && run.json?["stored"] == 2, "\(run)")
        let begin = "footfall: 2 events still queued: hook: the server answered 429; next attempt at 20"
        #expect(run.talk.hasPrefix(begin), "\(run)")
        #expect(try footfall("help", "send").output.contains("30 seconds"))
    }

    // MARK: - A full store

    @Test func sendSaysWhatAFullStoreWaitsForAndWhereToGoOn() throws {
        let collector = try server { _, _ in .status(429, headers: [("Retry-After", "7200")]) }
        defer { collector.stop() }
        try configure([("hook", hook(collector))], #""maxStoredEvents":1500,"#)
        let lines = (1...3_000).map { "{\"type\":\"track\",\"event\":\"E\($0)\"}\n" }.joined()
        let run = try footfall.run(["send", "--json"], lines)
        #expect(run.status == 75)
        let stored = run.json?["stored"]?.intValue ?? 0
        #expect(stored > 0 && stored <= 1_500, "\(run)")
        #expect(
            run.talk.contains("the store is full: nothing can be delivered now; hook: the server answered 429"),
            "\(run.talk)")
        #expect(run.talk.contains("continue with --from-line \(stored + 1)"), "\(run.talk)")
    }

    @Test func sendGoesOnWhenTheServerTakesEventsAgain() throws {
        let collector = try server { _, number in
            number == 1 ? .status(429, headers: [("Retry-After", "3")]) : .accept
        }
        defer { collector.stop() }
        try configure([("hook", hook(collector))], #""maxStoredEvents":1500,"#)
        let lines = (1...3_000).map { "{\"type\":\"track\",\"event\":\"E\($0)\"}\n" }.joined()
        let run = try footfall.run(["send", "--json"], lines)
        #expect(run.status == 0 && run.json?["stored"] == 3_000, "\(run)")
        // Once each time that the store is full: later perhaps while a request is under way.
        let messages = run.talk.split(separator: "\n")
        let begin = "footfall: the store is full; waiting for hook: "
        #expect(messages.first?.hasPrefix("\(begin)the server answered 429") == true, "\(run.talk)")
        #expect(messages.allSatisfy { $0.hasPrefix(begin) }, "\(run.talk)")
    }
}
