// SPDX-License-Identifier: MIT
import Footfall
import FootfallCollector
import Glibc
import Testing

@Suite struct EventCommandTests {
    let footfall = Command()

    @Test func storesAndPrintsTheIdAndDeliversLater() throws {
        let sink = try Sink(footfall)
        let tracked = try footfall("track", "Badge Scanned", "room=lobby", "count:=3", "--print-id")
        #expect(tracked.status == 0)
        #expect(sink.collector.statistics.requests == 0)

        let flushed = try footfall("flush", "--json")
        #expect(flushed.status == 0)
        #expect(flushed.json?["delivered"] == 2 && flushed.json?["queued"] == 0)
        let collected = try footfall.read("collected.ndjson")
        #expect(collected.contains("\"messageId\":\"\(tracked.lines[0])\""))
        #expect(collected.contains(#""properties":{"room":"lobby","count":3}"#))
    }

    @Test func recordsEachTypeOfEvent() throws {
        let calls: [([String], String)] = [
            (["track", "T", "a=1"], #""event":"T","properties":{"a":"1"}"#),
            (["identify", "u", "plan=x"], #""userId":"u","traits":{"plan":"x"}"#),
            (["screen", "Home"], #""name":"Home","properties":{}"#),
            (["page", "Start", "n:=1.50"], #""name":"Start","properties":{"n":1.5}"#),
            (["group", "g", "--traits", #"{"size":3}"#], #""groupId":"g","traits":{"size":3}"#),
            (["alias", "new", "--previous", "old"], #""userId":"new","previousId":"old""#),
        ]
        for (arguments, expected) in calls {
            let run = try footfall.run(arguments + ["--dry-run"], "")
            #expect(run.status == 0)
            #expect(run.lines.last?.contains(expected) == true, "\(arguments): \(run.output)")
        }
    }

    @Test func takesTheCommonOptions() throws {
        let run = try footfall(
            "track", "T", "--user", "u1", "--anonymous-id", "a1", "--timestamp", "2020-01-01T00:00:00Z",
            "--message-id", "m1", "--properties", #"{"x":1,"y":2}"#, "y:=3", "--dry-run")
        let event = try #require(run.json)
        #expect(event["userId"] == "u1")
        #expect(event["anonymousId"] == "a1")
        #expect(event["timestamp"] == "2020-01-01T00:00:00.000Z")
        #expect(event["messageId"] == "m1")
        #expect(event["properties"] == ["x": 1, "y": 3])
        #expect(event["integrations"] == ["Actions Amplitude": ["session_id": -1]])
    }

    /// `--user` makes the general parser read the line; without it the short one does.
    @Test func readsThePlainFormAsItReadsTheRest() throws {
        let sink = try Sink(footfall)
        let words = ["track", "T", "a=1", "b:=-2.50", "c=x=y", "d:={\"e\":[null]}", "f="]
        let plain = try footfall.run(["--quiet"] + words + ["--json"], "")
        let general = try footfall.run(words + ["--user", "u", "--json"], "")
        #expect(plain.json?.members.map(\.key) == general.json?.members.map(\.key))
        try footfall("flush")
        let bodies = try footfall.events(in: "collected.ndjson").compactMap { $0["properties"] }
        #expect(bodies.count == 3)
        #expect(bodies[1] == ["a": "1", "b": -2.5, "c": "x=y", "d": ["e": [nil]], "f": ""])
        #expect(bodies[1] == bodies[2])
        #expect(sink.collector.statistics.events == 3)
    }

    @Test func aDryRunMakesNothing() throws {
        #expect(try footfall("track", "T", "--dry-run").status == 0)
        #expect(access("\(footfall.home)/state", F_OK) != 0)
        try footfall("track", "T")
        let before = try footfall("status", "--json").json
        let dry = try footfall("track", "T", "--dry-run")
        #expect(dry.lines.count == 1, "the session goes on, so there is no marker")
        #expect(try footfall("status", "--json").json == before)
    }

    @Test func takesGlobalOptionsOnBothSides() throws {
        let other = "\(footfall.home)/other"
        #expect(try footfall("--state-dir", other, "track", "A").status == 0)
        #expect(try footfall("track", "B", "--state-dir", other).status == 0)
        let before = try footfall("--json", "--state-dir", other, "status")
        let after = try footfall("status", "--state-dir", other, "--json")
        #expect(before.json?["counters"] == ["stored": 3, "delivered": 0, "dropped": [:]])
        #expect(before.output == after.output)
    }

    @Test(
        arguments: [
            (["track"], 64), ([], 64), (["nonsense"], 64), (["track", "T", "novalue"], 64), (["track", "T", "=x"], 64),
            (["track", "T", "k:=nope"], 65), (["track", "T", "k:=1e400"], 65), (["track", "T", "k:=NaN"], 65),
            (["track", ""], 65), (["track", "T", "--timestamp", "yesterday"], 65), (["identify", ""], 65),
            (["track", "T", "--properties", "[1]"], 65), (["--config", "/nonexistent", "track", "T"], 64),
            (["--state-dir", "/proc/nope", "track", "T"], 73), (["--state-dir", "/dev/null/x", "flush"], 73),
            (["send", "/nonexistent"], 64), (["flush", "--timeout", "-1"], 64), (["--profile", "a/b", "status"], 64),
        ] as [([String], Int32)])
    func endsWithTheDocumentedStatus(arguments: [String], status: Int32) throws {
        let run = try footfall.run(arguments, "")
        #expect(run.status == status)
        #expect(!run.talk.isEmpty)
        #expect(run.output.isEmpty)
    }

    @Test func refusesAnEventThatIsTooLarge() throws {
        let run = try footfall("track", "T", "x=\(String(repeating: "x", count: 33_000))")
        #expect(run.status == 65)
        #expect(run.talk.contains("32 KiB"))
    }

    @Test func keepsIdentityAndSessionBetweenRuns() throws {
        try footfall("identify", "u7")
        let event = try #require(try footfall("track", "T", "--dry-run").json)
        let session = try #require(try footfall("session", "show", "--json").json)
        #expect(event["userId"] == "u7")
        #expect(event["integrations"]?.objectValue?["Actions Amplitude"]?.objectValue?["session_id"] == session["id"])
    }

    @Test func showsNoSessionBeforeTheFirstEvent() throws {
        let run = try footfall("session", "show", "--json")
        #expect(run.status == 0)
        #expect(
            run.output
                == "{\"id\":null,\"lastAccess\":null,\"lastAccessTime\":null,\"lastId\":null,\"endedAt\":null}\n")
    }

    @Test func storesNothingWhenTheUserAsksNotToBeTracked() throws {
        footfall.environment["DO_NOT_TRACK"] = "1"
        #expect(try footfall("track", "T").status == 0)
        #expect(try footfall("flush").status == 0)
        #expect(access("\(footfall.home)/state", F_OK) != 0)
    }

    @Test func waitsForDeliveryWhenAsked() throws {
        let sink = try Sink(footfall)
        #expect(try footfall("track", "T", "--wait=20").status == 0)
        #expect(sink.collector.statistics.events == 2)
    }
}
