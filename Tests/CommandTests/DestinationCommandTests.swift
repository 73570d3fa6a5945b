// SPDX-License-Identifier: MIT
import Footfall
import FootfallCollector
import Testing

@Suite struct DestinationCommandTests {
    let footfall = Command()

    private func configure(_ count: Int) throws {
        let list = (0..<count).map { #"{"type":"webhook","name":"hook\#($0)","endpoint":"http://127.0.0.1:9/"}"# }
        footfall.environment["FOOTFALL_CONFIG"] = try footfall.write(
            "c.json", #"{"session": false, "destinations": [\#(list.joined(separator: ","))]}"#)
    }

    @Test func listsAndDropsDestinationsThatAreGone() throws {
        try configure(2)
        try footfall("track", "Event")
        let refused = try footfall("destinations", "drop", "hook1")
        #expect(refused.status == 64 && refused.talk.contains("take it out of the configuration"), "\(refused.talk)")
        try configure(1)
        let listed = try footfall("destinations", "--json")
        #expect(listed.lines.count == 2)
        #expect(
            listed.json == [
                "name": "hook1", "queued": 1, "deadLettered": 0, "isConfigured": false, "isEnabled": false,
            ], "\(listed.output)")
        let dropped = try footfall("destinations", "drop", "hook1", "--json")
        #expect(dropped.status == 0 && dropped.json == ["queued": 1, "deadLetters": 0], "\(dropped.talk)")
        #expect(try footfall("destinations").lines.count == 2, "a header and hook0")
        #expect(try footfall("destinations", "drop", "hook1").status == 64)
        let status = try #require(try footfall("status", "--json").json)
        #expect(status["counters"]?.objectValue?["removed"] == ["routed": 1, "delivered": 0, "dropped": 1])
        #expect(status["counters"]?.objectValue?["dropped"] == ["destination": 1])
        #expect(try footfall("status").output.contains("destinations that were removed: routed 1"))
    }

    @Test func listsADisabledDestinationAsDisabled() throws {
        try configure(1)
        try footfall("track", "Event")
        footfall.environment["FOOTFALL_CONFIG"] = try footfall.write(
            "c.json",
            #"{"destinations": [{"type": "webhook", "name": "hook0", "endpoint": "http://127.0.0.1:9/", "enabled": false}]}"#
        )
        let listed = try footfall("destinations", "--json")
        #expect(listed.json?["isConfigured"] == true && listed.json?["isEnabled"] == false, "\(listed.output)")
        #expect(try footfall("destinations").lines.last?.hasSuffix(" disabled") == true)
    }

    @Test func refusesMoreDestinationsThanAStoreHasRoomFor() throws {
        try configure(62)
        #expect(try footfall("track", "Event").status == 0)
        try configure(63)
        for words in [["track", "Event"], ["flush"], ["status"]] {
            let run = try footfall.run(words, "")
            #expect(run.status == 64 && run.talk.contains("63 are configured"), "\(words): \(run.talk)")
        }
    }
}
