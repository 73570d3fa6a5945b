// SPDX-License-Identifier: MIT
import Footfall
import FootfallStore
import Glibc
import TestSupport
import Testing

@Suite struct EventsCommandTests {
    let footfall = Command()

    init() throws { try configure([#"{"type": "webhook", "name": "hook", "endpoint": "http://127.0.0.1:9/"}"#]) }

    private func configure(_ destinations: [String]) throws {
        footfall.environment["FOOTFALL_CONFIG"] = try footfall.write(
            "c.json",
            #"{"session": false, "writeKey": "KEY", "destinations": [\#(destinations.joined(separator: ","))]}"#)
    }

    private func refuse(_ event: Int64, _ reason: String) throws {
        try inspect(footfall.state) { store in
            let row = try #require(try store.destinations.all().first)
            try store.destinations.addDeadLetter(event, of: row.id, reason: reason, at: 1_795_876_701_000)
        }
    }

    @Test func listsWhatWaitsAsATable() throws {
        try footfall("track", "Ticket Printed", "--user", "u1")
        try footfall("screen", "Home")
        try refuse(2, "no such screen")
        let run = try footfall("events")
        #expect(run.status == 0 && run.lines.count == 3, "\(run)")
        #expect(
            run.lines[0].split(separator: " ") == ["id", "age", "type", "event", "user", "hook"], "\(run.lines[0])")
        #expect(
            run.lines[1].contains("track   Ticket Printed  u1") && run.lines[1].hasSuffix("queued"), "\(run.lines[1])")
        #expect(run.lines[2].contains("screen  Home") && run.lines[2].hasSuffix("dead"), "\(run.lines[2])")
        #expect(run.lines.allSatisfy { $0.count <= 80 })
        let json = try footfall("events", "list", "--json").json
        #expect(json?["id"] == 2 && json?["event"] == "Home", "\(json?.text ?? "")")
        #expect(
            json?["destinations"] == [
                ["name": "hook", "status": "dead", "reason": "no such screen", "at": "2026-11-28T14:38:21.000Z"]
            ], "\(json?.text ?? "")")
    }

    @Test func choosesByDestinationStatusAndTime() throws {
        for name in ["A", "B", "C"] { try footfall("track", name) }
        try refuse(2, "bad")
        func names(_ words: String...) throws -> [String] {
            try footfall.run(["events", "list", "--json"] + words, "").lines.map { line in
                try JSONParser.parse(line).objectValue?["event"]?.stringValue ?? "none"
            }
        }
        #expect(try names() == ["A", "B", "C"])
        #expect(try names("--status", "dead") == ["B"])
        #expect(try names("--status", "queued") == ["A", "C"])
        #expect(try names("--destination", "hook", "--status", "queued") == ["A", "C"])
        #expect(try names("--destination", "hook") == ["A", "B", "C"])
        #expect(try names("--limit", "2") == ["A", "B"])
        #expect(try names("--since", "1h", "--limit", "2") == ["B", "C"], "the newest")
        try inspect(footfall.state) { store in
            // As if the three had been recorded two hours earlier.
            try store.connection.execute("UPDATE clock SET offset = offset + 7200000")
        }
        try footfall("track", "D")
        #expect(try names("--since", "1h") == ["D"])
        #expect(try names("--since", "3h") == ["A", "B", "C", "D"])
        let hourAgo = Timestamp(milliseconds: SystemClock.system.wall().milliseconds - 3_600_000)
        #expect(try names("--since", "\(hourAgo)") == ["D"])
        let misspelt = try footfall("events", "--destination", "hok")
        #expect(misspelt.status == 64 && misspelt.talk.contains("known: hook"), "\(misspelt)")
        #expect(try footfall("events", "--since", "yesterday").status == 64)
        #expect(try footfall("events", "--limit", "0").status == 64)
    }

    @Test func readsAThousandRowsAtMost() throws {
        try footfall("track", "A")
        try inspect(footfall.state) { store in
            try store.connection.execute(
                """
                WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 1500)
                INSERT INTO event (id, routes, priority, stored, clock, body)
                SELECT n.i, e.routes, e.priority, e.stored, e.clock, e.body FROM n, event e WHERE e.id = 1
                """)
        }
        let run = try footfall("events")
        #expect(run.lines.count == 1_001, "a header and 1,000 rows")
        #expect(run.talk == "these are the oldest 1000; there are more, which --limit shows\n")
        #expect(try footfall("events", "--limit", "2000").lines.count == 1_501)
    }

    @Test func showsTheBodyThatEachDestinationGets() throws {
        let segment = #"{"type": "segment", "endpoint": "http://127.0.0.1:9/v1/b"}"#
        let hook = #"{"type": "webhook", "name": "hook", "endpoint": "http://127.0.0.1:9/"}"#
        try configure([segment, hook])
        try footfall("track", "A", "plan=guest")
        let json = try #require(try footfall("events", "show", "1", "--json").json)
        let bodies = try #require(json["bodies"]?.objectValue)
        #expect(bodies.members.map(\.key) == ["segment", "hook"])
        #expect(bodies["hook"]?.objectValue?["properties"] == ["plan": "guest"])
        #expect(bodies["hook"] == json["body"])
        let metadata = bodies["segment"]?.objectValue?["_metadata"]?.objectValue
        #expect(metadata?["bundled"] == ["hook"], "it is put in when the event is delivered")
        let text = try footfall("events", "show", "1")
        #expect(text.lines.first == "event      1, track A", "\(text)")
        #expect(text.output.contains("\nsegment:\n{\n") && text.output.contains(#"  "event": "A","#), "\(text)")
        let none = try footfall("events", "show", "7")
        #expect(none.status == 64 && none.talk.contains("7: the store has no event of this number"), "\(none)")
    }

    @Test func namesDestinationsInOneColumnWhereTheyDoNotFit() throws {
        try configure(
            (0..<12).map { #"{"type": "webhook", "name": "destination\#($0)", "endpoint": "http://127.0.0.1:9/"}"# })
        try footfall("track", "A")
        let lines = try footfall("events").lines
        #expect(lines[0].hasSuffix("waits for") && lines[1].contains("destination0, destination1, "), "\(lines)")
    }

    @Test func tailPrintsEventsAsTheyAreStored() throws {
        try footfall("track", "Before")
        let tail = try footfall.start("events", "tail", "--json", "--interval", "100ms")
        #expect(try #require(tail.line()).contains(#""event":"Before""#))
        try footfall("track", "After")
        #expect(try #require(tail.line()).contains(#""event":"After""#))
        kill(tail.id, SIGTERM)
        #expect(tail.wait(atMost: .seconds(20)).status == 0)
        let note = "events that are stored and delivered between two looks are not shown\n"
        #expect(try footfall.read("err-started").hasSuffix(note))
    }
}
