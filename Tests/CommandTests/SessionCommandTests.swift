// SPDX-License-Identifier: MIT
import Footfall
import Testing

@Suite struct SessionCommandTests {
    let footfall = Command()

    private func id(_ run: Run) -> Int64? { run.json?["id"]?.intValue }

    @Test func showsEndsAndRenewsTheSession() throws {
        #expect(try footfall("session", "show", "--json").json == ["id": nil, "lastAccess": nil])
        try footfall("track", "A")
        let first = try #require(id(try footfall("session", "show", "--json")))
        #expect(try footfall("session").lines == ["\(first)"])

        let ended = try footfall("session", "end", "--json")
        #expect(ended.status == 0)
        #expect(ended.json == ["id": nil])
        #expect(id(try footfall("session", "show", "--json")) == nil)

        let renewed = try footfall("session", "new", "--json")
        let second = try #require(id(renewed))
        #expect(second > first)
        let third = try #require(id(try footfall("session", "new", "--json")))
        #expect(third > second)
        #expect(id(try footfall("session", "show", "--json")) == third)
        // A; three starts, two ends.
        #expect(try footfall("status", "--json").json?["counters"]?.objectValue?["stored"] == 6)
    }

    @Test func saysThatSessionsAreSwitchedOff() throws {
        let path = try footfall.write("c.json", #"{"session": false}"#)
        let run = try footfall("session", "new", "--config", path)
        #expect(run.status == 64)
        #expect(run.talk.contains("switched off"))
    }
}
