// SPDX-License-Identifier: MIT
import Footfall
import FootfallCollector
import Testing

@Suite struct SendCommandTests {
    let footfall = Command()

    @Test func saysOfSeveralEventsWhyTheyAreNotStored() throws {
        footfall.environment["FOOTFALL_CONFIG"] = try footfall.write(
            "c.json", #"{"destinations":[{"type":"webhook","name":"hook","endpoint":"http://127.0.0.1:9/"}]}"#)
        let line = #"{"type":"track","event":"A","integrations":{"All":false}}"# + "\n"
        let two = try footfall("send", input: line + line)
        #expect(two.talk.contains("not stored: 2 events: their integrations refuse every destination\n"), "\(two)")
        let one = try footfall("send", input: line)
        #expect(one.talk.contains("not stored: 1 event: its integrations refuse every destination\n"), "\(one)")
    }

    @Test func showsAnEmptyValueInItsMessages() throws {
        let bad = try footfall("send", input: #"{"type":"track","event":"A","timestamp":""}"#)
        #expect(bad.talk.contains("timestamp: \"\": it is not an ISO 8601 time"), "\(bad)")
        let time = try footfall("track", "A", "--timestamp", "")
        #expect(time.talk.hasPrefix("footfall: --timestamp: \"\": it is not an ISO 8601 time"), "\(time)")
        let json = try footfall("track", "A", "--properties", "")
        #expect(json.talk.hasPrefix("footfall: --properties: \"\" is not JSON: "), "\(json)")
        let field = try footfall("track", "A", "")
        #expect(field.talk.hasPrefix("footfall: \"\": a property must be written"), "\(field)")
    }

    @Test func saysThatNothingWasStoredWhenTheStoreWasFullBefore() throws {
        footfall.environment["FOOTFALL_CONFIG"] = try footfall.write(
            "c.json", #"{"session": false, "maxStoredEvents": 1000, "destinations": []}"#)
        let lines = String(repeating: #"{"type":"track","event":"A"}"# + "\n", count: 1_000)
        #expect(try footfall("send", input: lines).status == 0)
        let run = try footfall("send", input: lines)
        #expect(run.status == 75, "\(run)")
        #expect(run.talk.contains("no destination is configured; nothing was stored\n"), "\(run.talk)")
    }

    private let mixed = """
        {"type":"track","event":"first","messageId":"m1"}
        [1]
        {"type":"track"}

        {"type":"nope","event":"x"}
        {"type":"track","event":"x","timestamp":"yesterday"}
        {"type":"track","event":"x","properties":{"v":NaN}}
        {"type":"track","event":"x","properties":{"v":1e400}}
        {"type":"track","event":"last","messageId":"m2"}
        """

    @Test func namesBadLinesAndGoesOn() throws {
        let run = try footfall("send", "--json", input: mixed)
        #expect(run.status == 65)
        #expect(run.json == ["read": 8, "stored": 2, "rejected": 6, "unordered": 0, "sessions": 0])
        for expected in [
            "input:2: an event is a JSON object, this is array", "input:3: event: it is missing",
            "input:5: type: \"nope\" is none of", "input:6: timestamp: yesterday: it is not an ISO 8601 time",
            "input:7: properties.v:",
            "input:8: properties.v: the number 1e400",
        ] { #expect(run.talk.contains(expected), "\(expected)") }
    }

    @Test func stopsAtTheFirstBadLineWhenStrict() throws {
        let run = try footfall("send", "--strict", "--json", input: mixed)
        #expect(run.status == 65)
        #expect(run.json == ["read": 2, "stored": 1, "rejected": 1, "unordered": 0, "sessions": 0])
    }

    @Test func rejectsInvalidUTF8AndLinesThatAreTooLong() throws {
        let long = #"{"type":"track","event":"x","properties":{"v":"\#(String(repeating: "v", count: 40_000))"}}"#
        let huge = #"{"type":"track","event":"x","properties":{"v":"\#(String(repeating: "v", count: 2_000_000))"}}"#
        let run = try footfall("send", "--json", input: "\(long)\n\(huge)\n{\"type\":\"track\",\"event\":\"ok\"}")
        #expect(run.json == ["read": 3, "stored": 1, "rejected": 2, "unordered": 0, "sessions": 0])
        #expect(run.talk.contains("input:1:") && run.talk.contains("input:2:"))
    }

    @Test func keepsIdsTimesAndNumbers() throws {
        let sink = try Sink(footfall)
        let line =
            #"{"type":"track","event":"x","messageId":"m1","timestamp":"2013-01-01T10:42:00.123456+02:00","anonymousId":"a","properties":{"v":18446744073709551615},"channel":"import"}"#
        #expect(try footfall("send", "--deliver", input: line).status == 0)
        let got = try footfall.read("collected.ndjson")
        for part in [
            #""messageId":"m1""#, #""timestamp":"2013-01-01T08:42:00.123Z""#, #"{"v":18446744073709551615}"#,
            #""channel":"import""#, #""session_id":-1"#,
        ] { #expect(got.contains(part), "\(part)") }
        #expect(sink.collector.statistics.events == 1)
    }

    @Test func goesOnFromALine() throws {
        let lines = (1...5).map { #"{"type":"track","event":"e\#($0)"}"# }.joined(separator: "\n")
        let run = try footfall("send", "--from-line", "4", "--json", input: lines)
        #expect(run.json == ["read": 2, "stored": 2, "rejected": 0, "unordered": 0, "sessions": 0])
    }

    private func departure(_ minute: Int, _ extra: String = "") -> String {
        let time = Timestamp(milliseconds: 1_357_036_920_000 + Int64(minute) * 60_000)
        return #"{"type":"track","event":"Flight","timestamp":"\#(time)"\#(extra)}"#
    }

    @Test func replayCutsSessionsByTheEventsOwnTimes() throws {
        let sink = try Sink(footfall)
        try footfall("track", "live")
        let live = try footfall("session", "show", "--json").output
        let lines = [0, 10, 39, 69, 70].map { departure($0) }.joined(separator: "\n")
        let run = try footfall("send", "--replay", "--json", input: lines)
        #expect(run.status == 0)
        #expect(
            run.json == ["read": 5, "stored": 5, "rejected": 0, "unordered": 0, "sessions": 2],
            "a gap of the limit ends a session")
        #expect(try footfall("session", "show", "--json").output == live)
        try footfall("flush")
        let names = try footfall.events(in: "collected.ndjson").map { $0["event"]?.stringValue }
        #expect(
            names == [
                "session_start", "live", "session_start", "Flight", "Flight", "Flight", "session_end", "session_start",
                "Flight", "Flight", "session_end",
            ])
        #expect(sink.collector.statistics.events == 11)
    }

    @Test func replayKeepsStreamsApart() throws {
        let lines = [
            departure(0, #","anonymousId":"a""#), departure(20, #","userId":"u""#),
            departure(25, #","anonymousId":"a""#),
            departure(45, #","userId":"u""#), departure(46),
        ].joined(separator: "\n")
        #expect(try footfall("send", "--replay", "--json", input: lines).json?["sessions"] == 3)
    }

    /// The fourth is in the second session, the sixth before the first, the seventh between two.
    private var unordered: String {
        [0, 60, 70, 65, 75, -1, 50, 80].enumerated().map { departure($1, #","properties":{"n":\#($0)}"#) }
            .joined(separator: "\n")
    }

    /// The time and the session of each flight at the collector, in minutes.
    private func flights() throws -> [[Int64]] {
        func minute(_ milliseconds: Int64?) -> Int64 {
            milliseconds.map { $0 == -1 ? -1 : ($0 - 1_357_036_920_000) / 60_000 } ?? -9
        }
        return try footfall.events(in: "collected.ndjson").filter { $0["event"] == "Flight" }.map { event in
            let amplitude = event["integrations"]?.objectValue?["Actions Amplitude"]?.objectValue
            let time = event["timestamp"]?.stringValue.flatMap { Timestamp($0) }
            return [minute(time?.milliseconds), minute(amplitude?["session_id"]?.intValue)]
        }
    }

    @Test func replayNamesAnUnorderedEventAndGoesOn() throws {
        let sink = try Sink(footfall)
        let run = try footfall("send", "--replay", "--json", "--deliver", input: unordered)
        #expect(run.status == 0)
        #expect(run.json == ["read": 8, "stored": 8, "rejected": 0, "unordered": 3, "sessions": 2])
        let lines = run.talk.split(separator: "\n")
        #expect(lines.count == 3, "\(run)")
        for (line, number) in zip(lines, [4, 6, 7]) {
            #expect(line.hasPrefix("footfall: standard input:\(number): timestamp: 2013-01-01T"), "\(line)")
            #expect(line.contains("of the previous event; it is stored in the session that covers its time"), "\(line)")
        }
        let expected: [[Int64]] = [
            [0, 0], [60, 60], [70, 60], [65, 60], [75, 60], [-1, -1], [50, -1], [80, 60],
        ]
        #expect(try flights() == expected)
        #expect(sink.collector.statistics.events == 12, "and two markers of each session")
        let quiet = try footfall("send", "--replay", "--quiet", input: unordered)
        #expect(quiet.status == 0 && quiet.talk.isEmpty, "\(quiet)")
        let plain = try footfall("send", "--replay", input: unordered)
        #expect(plain.talk.hasSuffix("read 8, stored 8, rejected 0, unordered 3, 2 sessions\n"), "\(plain)")
    }

    @Test func anEventOfTheFutureLeavesTheOrderOfTheOthersAlone() throws {
        let lines = ["2013-01-01T00:00:00Z", "2999-01-01T00:00:00Z", "2013-01-01T00:01:00Z"].map {
            #"{"type":"track","event":"A","anonymousId":"x","timestamp":"\#($0)"}"#
        }
        let run = try footfall("send", "--replay", "--json", input: lines.joined(separator: "\n") + "\n")
        #expect(run.json == ["read": 3, "stored": 3, "rejected": 0, "unordered": 1, "sessions": 1])
        #expect(
            run.talk.hasPrefix("footfall: standard input:2: timestamp: 2999-01-01T00:00:00.000Z is in the future"),
            "\(run)")
        #expect(run.status == 0)
    }

    @Test func aStrictReplayStopsAtAnUnorderedEvent() throws {
        let run = try footfall("send", "--replay", "--strict", "--json", input: unordered)
        #expect(run.status == 65)
        #expect(run.json == ["read": 4, "stored": 3, "rejected": 0, "unordered": 0, "sessions": 2])
        #expect(run.talk.hasPrefix("footfall: standard input:4: timestamp:"), "\(run)")
    }

    /// An earlier version stopped at each of them again.
    @Test(arguments: [4, 5, 6, 7, 8])
    func aReplayGoesOnAtAnUnorderedEvent(_ line: Int) throws {
        let sink = try Sink(footfall)
        let run = try footfall(
            "send", "--replay", "--from-line", "\(line)", "--json", "--deliver", input: unordered)
        #expect(run.status == 0)
        #expect(run.json?["stored"] == .int(Int64(9 - line)))
        #expect(run.json?["unordered"] == .int([4: 3, 5: 2, 6: 2, 7: 1, 8: 0][line] ?? -1))
        let all: [[Int64]] = [[0, 0], [60, 60], [70, 60], [65, 60], [75, 60], [-1, -1], [50, -1], [80, 60]]
        #expect(try flights() == Array(all[(line - 1)...]))
        #expect(sink.collector.statistics.events == 9 - line + 1, "and the end of the open session")
    }

    /// What is wrong with one line stops no other line.
    @Test(arguments: [
        #"{"type":"track","event":"A\#u{0}"}"#, "\u{0}\u{0}\u{0}", #"{"type":"track","event":""}"#, "[]", "{",
        #"{"type":"track","event":"A","timestamp":"0000-00-00"}"#, #"{"type":"track","event":"A","userId":[]}"#,
        #"{"type":"track","event":"A","properties":\#(String(repeating: "[", count: 3_000))"#,
    ])
    func aBadLineStopsNoReplay(_ bad: String) throws {
        let large = departure(5, #","properties":{"v":"\#(String(repeating: "v", count: 32_600))"}"#)
        let lines = [departure(0), bad, large, departure(10)].joined(separator: "\n")
        let run = try footfall("send", "--replay", "--json", input: lines)
        #expect(run.status == 65)
        #expect(run.json == ["read": 4, "stored": 2, "rejected": 2, "unordered": 0, "sessions": 1], "\(run)")
        for line in 2...3 { #expect(run.talk.contains("footfall: standard input:\(line): "), "\(run)") }
    }

    @Test func replayNeedsTimes() throws {
        let run = try footfall("send", "--replay", "--json", input: #"{"type":"track","event":"x"}"#)
        #expect(run.status == 65)
        #expect(run.talk.contains("timestamp: it is missing"))
    }

    @Test func aReplayThatGoesOnKeepsItsSessions() throws {
        let lines = [0, 10, 20, 60].map { departure($0) }.joined(separator: "\n")
        let run = try footfall("send", "--replay", "--from-line", "3", "--json", input: lines)
        #expect(run.json == ["read": 2, "stored": 2, "rejected": 0, "unordered": 0, "sessions": 2])
        let sink = try Sink(footfall)
        try footfall("flush")
        let collected = try footfall.read("collected.ndjson").split(separator: "\n")
        #expect(collected.first?.contains("\"session_id\":1357036920000") == true)
        #expect(sink.collector.statistics.events == 5)
    }
}
