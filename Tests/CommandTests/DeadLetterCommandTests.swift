// SPDX-License-Identifier: MIT
import Footfall
import FootfallCollector
import Testing

@Suite struct DeadLetterCommandTests {
    let footfall = Command()

    /// Two events, both refused; each names itself.
    private func refuse(_ sink: (Command) throws -> Sink) throws -> Sink {
        let sink = try sink(footfall)
        try footfall("track", "Good")
        try footfall("track", "Bad")
        return sink
    }

    @Test func listsExportsRetriesAndPurges() throws {
        let configuration = footfall.write("c.json", #"{"session": false}"#)
        footfall.environment["FOOTFALL_CONFIG"] = configuration
        // The server refuses what it is sent alone; then it takes everything.
        let sink = try Sink(footfall) { _, number in
            number <= 1 ? .status(400, body: "no such plan") : .accept
        }
        try footfall("track", "Bad")
        #expect(try footfall("flush").status == 0)
        let listed = try footfall("dead-letters", "list", "--json")
        let letter = try #require(listed.json)
        #expect(letter["destination"] == "segment")
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
        #expect(row["routed"] == 1)
        #expect(row["delivered"] == 1)
        #expect(row["deadLettered"] == 0)
        withExtendedLifetime(sink) {}
    }

    @Test func purgesForEver() throws {
        footfall.environment["FOOTFALL_CONFIG"] = footfall.write("c.json", #"{"session": false}"#)
        let sink = try Sink(footfall) { _, _ in .status(422, body: "never") }
        try footfall("track", "Bad")
        #expect(try footfall("flush").status == 0)
        #expect(try footfall("dead-letters", "purge", "--json").json == ["count": 1])
        let status = try #require(try footfall("status", "--json").json)
        #expect(status["store"]?.objectValue?["queued"] == 0)
        #expect(status["destinations"]?.arrayValue?.first?.objectValue?["dropped"] == 1)
        withExtendedLifetime(sink) {}
    }
}
