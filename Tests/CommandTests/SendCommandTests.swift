// SPDX-License-Identifier: MIT
import Footfall
import FootfallCollector
import Testing

@Suite struct SendCommandTests {
    let footfall = Command()

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
        #expect(run.json == ["read": 8, "stored": 2, "rejected": 6, "sessions": 0])
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
        #expect(run.json == ["read": 2, "stored": 1, "rejected": 1, "sessions": 0])
    }

    @Test func rejectsInvalidUTF8AndLinesThatAreTooLong() throws {
        let long = #"{"type":"track","event":"x","properties":{"v":"\#(String(repeating: "v", count: 40_000))"}}"#
        let huge = #"{"type":"track","event":"x","properties":{"v":"\#(String(repeating: "v", count: 2_000_000))"}}"#
        let run = try footfall("send", "--json", input: "\(long)\n\(huge)\n{\"type\":\"track\",\"event\":\"ok\"}")
        #expect(run.json == ["read": 3, "stored": 1, "rejected": 2, "sessions": 0])
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
        #expect(run.json == ["read": 2, "stored": 2, "rejected": 0, "sessions": 0])
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
            run.json == ["read": 5, "stored": 5, "rejected": 0, "sessions": 2], "a gap of the limit ends a session")
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

    @Test func replayNamesTheLineThatIsOutOfOrder() throws {
        let lines = [0, 10, 5].map { departure($0) }.joined(separator: "\n")
        let run = try footfall("send", "--replay", "--json", input: lines)
        #expect(run.status == 65)
        #expect(run.talk.contains("input:3: timestamp:"))
        #expect(run.json?["stored"] == 2)
    }

    @Test func replayNeedsTimes() throws {
        let run = try footfall("send", "--replay", "--json", input: #"{"type":"track","event":"x"}"#)
        #expect(run.status == 65)
        #expect(run.talk.contains("timestamp: it is missing"))
    }

    @Test func aReplayThatGoesOnKeepsItsSessions() throws {
        let lines = [0, 10, 20, 60].map { departure($0) }.joined(separator: "\n")
        let run = try footfall("send", "--replay", "--from-line", "3", "--json", input: lines)
        #expect(run.json == ["read": 2, "stored": 2, "rejected": 0, "sessions": 2])
        let sink = try Sink(footfall)
        try footfall("flush")
        let collected = try footfall.read("collected.ndjson").split(separator: "\n")
        #expect(collected.first?.contains("\"session_id\":1357036920000") == true)
        #expect(sink.collector.statistics.events == 5)
    }
}
