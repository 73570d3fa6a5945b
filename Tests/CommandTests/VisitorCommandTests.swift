// SPDX-License-Identifier: MIT
import Footfall
import Testing

@Suite struct VisitorCommandTests {
    let footfall = Command()

    private func show() throws -> JSON {
        try #require(try footfall("visitor", "show", "--json").json.map { .object($0) })
    }

    @Test func beginsShowsAndEndsAVisit() throws {
        let none = try footfall("visitor", "show", "--json").json
        #expect(none?["id"] == .null)
        #expect(none?["ended"] == 0)
        let begun = try footfall("visitor", "begin")
        #expect(begun.status == 0)
        let id = try #require(begun.lines.first)
        #expect(try footfall("visitor", "show", "--json").json?["id"] == .string(id))
        #expect(try footfall("visitor", "--quiet").lines == [id])

        try footfall("identify", "guest-7")
        try footfall("track", "Touched")
        let ended = try footfall("visitor", "end", "--reason", "cancelled", "--json")
        #expect(ended.json == ["id": nil])
        let after = try footfall("visitor", "show", "--json").json
        #expect(after?["ended"] == 1)
        #expect(after?["empty"] == 0)

        let lines = try footfall("track", "After", "--dry-run").lines
        #expect(!lines.isEmpty && lines.allSatisfy { !$0.contains(id) && !$0.contains("guest-7") })
        // start, identify, Touched, end
        #expect(try footfall("status", "--json").json?["counters"]?.objectValue?["stored"] == 4)
    }

    @Test func countsAVisitInWhichNothingWasDone() throws {
        try footfall("visitor", "begin")
        try footfall("visitor", "begin")
        try footfall("visitor", "end")
        let after = try footfall("visitor", "show", "--json").json
        #expect(after?["ended"] == 2)
        #expect(after?["empty"] == 2)
        #expect(try footfall("status", "--json").json?["counters"]?.objectValue?["stored"] == 0)
    }

    @Test func saysThatSessionsAreSwitchedOff() throws {
        let path = try footfall.write("c.json", #"{"session": false}"#)
        #expect(try footfall("visitor", "begin", "--config", path).status == 64)
    }
}
