// SPDX-License-Identifier: MIT
import Footfall
import FootfallCollector
import Testing

@Suite struct DeadLetterCommandTests {
    let footfall = Command()

    @Test func listsExportsRetriesAndPurges() throws {
        let configuration = try footfall.write("c.json", #"{"session": false}"#)
        footfall.environment["FOOTFALL_CONFIG"] = configuration
        // The server refuses both, then the first alone; from then on it takes everything.
        let sink = try Sink(footfall) { _, number in
            number <= 2 ? .status(400, body: "no such plan") : .accept
        }
        try footfall("track", "Bad")
        try footfall("track", "Good")
        #expect(try footfall("flush").status == 0)
        let listed = try footfall("dead-letters", "list", "--json")
        let letter = try #require(listed.json)
        #expect(letter["destination"] == "segment")
        #expect((letter["type"], letter["event"]) == ("track", "Bad"))
        let table = try footfall("dead-letters")
        #expect(table.lines.first?.split(separator: " ").prefix(3) == ["id", "destination", "event"])
        #expect(table.lines.last?.contains("segment      Bad") == true, "\(table.output)")
        #expect(letter["reason"]?.stringValue?.contains("no such plan") == true)
        #expect(try footfall("dead-letters", "export").output.contains("\"event\":\"Bad\""))
        #expect(try footfall("dead-letters", "--destination", "other", "--json").output.isEmpty)

        let id = try #require(letter["id"]?.intValue)
        #expect(try footfall("dead-letters", "retry", "--id", "\(id)", "--json").json == ["count": 1])
        #expect(try footfall("dead-letters", "--json").output.isEmpty)
        let run = try footfall("flush", "--json")
        #expect(run.json?["delivered"] == 1)
        #expect(try footfall("dead-letters", "purge", "--json").json == ["count": 0])
        let row = try #require(
            try footfall("status", "--json").json?["destinations"]?.arrayValue?.first?.objectValue)
        #expect(row["routed"] == 2)
        #expect(row["delivered"] == 2)
        #expect(row["deadLettered"] == 0)
        withExtendedLifetime(sink) {}
    }

    @Test func purgesForEver() throws {
        footfall.environment["FOOTFALL_CONFIG"] = try footfall.write("c.json", #"{"session": false}"#)
        let sink = try Sink(footfall) { _, number in number <= 2 ? .status(422, body: "never") : .accept }
        try footfall("track", "Bad")
        try footfall("track", "Good")
        #expect(try footfall("flush").status == 0)
        #expect(try footfall("dead-letters", "purge", "--json").json == ["count": 1])
        let status = try #require(try footfall("status", "--json").json)
        #expect(status["store"]?.objectValue?["queued"] == 0)
        #expect(status["destinations"]?.arrayValue?.first?.objectValue?["dropped"] == 1)
        withExtendedLifetime(sink) {}
    }

    @Test func keepsALoneEventThatIsRefused() throws {
        footfall.environment["FOOTFALL_CONFIG"] = try footfall.write("c.json", #"{"session": false}"#)
        let sink = try Sink(footfall) { _, _ in .status(400, body: "nothing today") }
        try footfall("track", "Lone")
        for _ in 0..<3 {
            let run = try footfall("flush")
            #expect(run.status == 69)
            #expect(run.talk.contains("nothing today"), "\(run.talk)")
        }
        #expect(try footfall("dead-letters", "--json").output.isEmpty)
        #expect(try footfall("status").output.contains("refusing"))
        withExtendedLifetime(sink) {}
    }
}
