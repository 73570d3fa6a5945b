// SPDX-License-Identifier: MIT
import Footfall
import Testing

@Suite struct SessionCommandTests {
    let footfall = Command()

    private func id(_ run: Run) -> Int64? { run.json?["id"]?.intValue }

    @Test func showsEndsAndRenewsTheSession() throws {
        #expect(
            try footfall("session", "show", "--json").json
                == ["id": nil, "lastAccess": nil, "lastAccessTime": nil, "lastId": nil, "endedAt": nil])
        try footfall("track", "A")
        let first = try #require(id(try footfall("session", "show", "--json")))
        #expect(try footfall("session").lines == ["\(first)"])

        let ended = try footfall("session", "end", "--json")
        #expect(ended.status == 0)
        #expect(ended.json == ["id": nil])
        let shown = try footfall("session", "show", "--json").json
        #expect((shown?["id"], shown?["lastId"]) == (.null, .int(first)))
        #expect(shown?["endedAt"]?.stringValue.flatMap { Timestamp($0) } != nil)

        let renewed = try footfall("session", "new", "--json")
        let second = try #require(id(renewed))
        #expect(second > first)
        let third = try #require(id(try footfall("session", "new", "--json")))
        #expect(third > second)
        #expect(id(try footfall("session", "show", "--json")) == third)
        // A; three starts, two ends.
        #expect(try footfall("status", "--json").json?["counters"]?.objectValue?["stored"] == 6)
    }

    // MARK: - A session whose time is over

    /// A millisecond after the last event the limit is over.
    private func over() throws -> String { try footfall.write("over.json", #"{"session": {"limit": "1ms"}}"#) }

    @Test func showsNoSessionWhoseTimeIsOver() throws {
        try footfall("track", "A")
        let before = try #require(try footfall("session", "show", "--json").json)
        let last = try #require(before["lastAccessTime"]?.stringValue)
        #expect(before["lastAccess"]?.intValue == Timestamp(last)?.milliseconds)

        let shown = try footfall("session", "show", "--json", "--config", over())
        #expect(shown.status == 0)
        #expect(
            shown.json
                == [
                    "id": nil, "lastAccess": nil, "lastAccessTime": nil, "lastId": before["id"] ?? .null,
                    "endedAt": .string(last),
                ])
        let text = try footfall("session", "show", "--config", over())
        #expect(text.output.isEmpty)
        #expect(text.talk == "no session is open; the last one ended \(last)\n")
        let status = try footfall("status", "--config", over())
        #expect(status.output.contains("session    none; the last one ended \(last)\n"), "\(status.output)")

        // Looking ended nothing: with its own limit the session is open.
        #expect(try footfall("session", "show", "--json").json == before)
        #expect(try footfall("status", "--json").json?["counters"]?.objectValue?["stored"] == 2)
    }

    @Test func theNextEventEndsTheSessionAsItWasShown() throws {
        let sink = try Sink(footfall)
        try footfall("track", "A")
        let shown = try #require(try footfall("session", "show", "--json", "--config", over()).json)
        try footfall("track", "B", "--config", over(), "--wait=10")
        let end = try #require(try footfall.events(in: "collected.ndjson").first { $0["event"] == "session_end" })
        #expect(end["timestamp"] == shown["endedAt"])
        #expect(end["integrations"]?.objectValue?["Actions Amplitude"] == ["session_id": shown["lastId"] ?? .null])
        withExtendedLifetime(sink) {}
    }

    @Test func showsNoVisitWhoseTimeIsOver() throws {
        let id = try #require(try footfall("visitor", "begin").lines.first)
        let before = try #require(try footfall("visitor", "show", "--json").json)
        #expect(before["id"] == .string(id))
        let shown = try #require(try footfall("visitor", "show", "--json", "--config", over()).json)
        #expect((shown["id"], shown["ended"], shown["empty"], shown["reason"]) == (.null, 1, 1, "timeout"))
        let ended = try #require(shown["endedAt"]?.stringValue.flatMap { Timestamp($0) })
        #expect(ended.milliseconds == (before["began"]?.stringValue.flatMap { Timestamp($0) }?.milliseconds ?? 0) + 1)
        let text = try footfall("visitor", "show", "--config", over())
        #expect(text.talk.hasPrefix("no visit is open; the last one ended \(ended) (timeout)\n"), "\(text.talk)")
        #expect(try footfall("visitor", "show", "--json").json == before)
    }

    // MARK: - Without sessions

    @Test func recordsAnEventOutsideOfSessions() throws {
        let sink = try Sink(footfall)
        for name in ["One", "Two", "Three"] {
            let run = try footfall("track", name, "--no-session", "--config", over(), "--wait=10")
            #expect(run.status == 0)
        }
        try footfall.run(["send", "--no-session", "--deliver"], "{\"type\":\"track\",\"event\":\"Four\"}\n")
        footfall.environment["FOOTFALL_SESSION"] = "off"
        try footfall("track", "Five")
        try footfall("page", "Six", "--wait=10")
        try footfall.run(["send", "--deliver"], "{\"type\":\"track\",\"event\":\"Seven\"}\n")
        let events = try footfall.events(in: "collected.ndjson")
        #expect(
            events.compactMap { $0["event"]?.stringValue ?? $0["name"]?.stringValue }
                == ["One", "Two", "Three", "Four", "Five", "Six", "Seven"])
        #expect(events.allSatisfy { $0["integrations"]?.objectValue?["Actions Amplitude"] == nil })
        #expect(id(try footfall("session", "show", "--json")) == nil)
        withExtendedLifetime(sink) {}
    }

    @Test func leavesTheOpenSessionAsItIs() throws {
        try footfall("track", "A")
        let before = try footfall("session", "show", "--json").json
        try footfall("track", "B", "--no-session", "--config", over())
        #expect(try footfall("session", "show", "--json").json == before)
        #expect(try footfall("status", "--json").json?["counters"]?.objectValue?["stored"] == 3)
    }

    @Test func anEventOutsideOfSessionsHasNoVisitorsIdentity() throws {
        let installation = try #require(try footfall("track", "A", "--dry-run").json?["anonymousId"])
        let visit = try #require(try footfall("visitor", "begin").lines.first)
        try footfall("identify", "guest-7")
        let sink = try Sink(footfall)
        try footfall("track", "Cron", "--no-session", "--wait=10")
        let event = try #require(try footfall.events(in: "collected.ndjson").first { $0["event"] == "Cron" })
        #expect(event["anonymousId"] != .string(visit))
        #expect(event["userId"] == nil)
        _ = installation
        #expect(try footfall("visitor", "show", "--json").json?["id"] == .string(visit))
        withExtendedLifetime(sink) {}
    }

    @Test(arguments: ["yes", "OFF", "0"])
    func refusesAnotherWordThanOnOrOff(_ value: String) throws {
        footfall.environment["FOOTFALL_SESSION"] = value
        let run = try footfall("track", "A")
        #expect(run.status == 64)
        #expect(run.talk == "footfall: FOOTFALL_SESSION: \(value): it must be on or off\n")
    }

    @Test(arguments: ["on", ""])
    func recordsInSessionsWhereTheVariableSaysNothingElse(_ value: String) throws {
        footfall.environment["FOOTFALL_SESSION"] = value
        try footfall("track", "A")
        #expect(id(try footfall("session", "show", "--json")) != nil)
    }

    @Test func refusesToReplayWithoutSessions() throws {
        let run = try footfall("send", "--replay", "--no-session")
        #expect(run.status == 64)
        #expect(run.talk.hasPrefix("footfall: --no-session: "), "\(run.talk)")
    }

    // MARK: - Reset

    @Test func logsTheUserOut() throws {
        try footfall("identify", "u1", "plan=x")
        let before = try #require(try footfall("track", "A", "--dry-run").json)
        let session = id(try footfall("session", "show", "--json"))

        let run = try footfall("reset")
        #expect(run.status == 0)
        let after = try #require(try footfall("track", "B", "--dry-run").json)
        #expect(run.lines == [after["anonymousId"]?.stringValue ?? ""])
        #expect(after["anonymousId"] != before["anonymousId"])
        #expect(after["userId"] == nil)
        let shown = try footfall("session", "show", "--json").json
        #expect((shown?["id"], shown?["lastId"]) == (.null, session.map { .int($0) }))

        let again = try #require(try footfall("reset", "--json").json)
        #expect(again.members.map(\.key) == ["anonymousId"])
        #expect(again["anonymousId"] != after["anonymousId"])
    }

    @Test func keepsTheSessionOverALogOutWhereConfigured() throws {
        let path = try footfall.write("keep.json", #"{"session": {"reset": "keep"}}"#)
        try footfall("track", "A", "--config", path)
        let session = id(try footfall("session", "show", "--json"))
        try footfall("reset", "--config", path)
        #expect(id(try footfall("session", "show", "--json")) == session)
    }

    @Test func logsOutTheVisitorOfASharedDevice() throws {
        try footfall("visitor", "begin")
        try footfall("identify", "guest-7")
        #expect(try footfall("reset").status == 0)
        #expect(try footfall("visitor", "show", "--json").json?["reason"] == "reset")
        #expect(try footfall("track", "B", "--dry-run").json?["userId"] == nil)
    }

    @Test func resetsNothingAfterAnOptOut() throws {
        try footfall("opt-out")
        let run = try footfall("reset", "--json")
        #expect(run.status == 0)
        #expect(run.json == ["anonymousId": nil, "reason": "optedOut"])
        #expect(try footfall("reset").output.isEmpty)
    }

    @Test func saysThatSessionsAreSwitchedOff() throws {
        let path = try footfall.write("c.json", #"{"session": false}"#)
        let run = try footfall("session", "new", "--config", path)
        #expect(run.status == 64)
        #expect(run.talk.contains("switched off"))
    }
}
