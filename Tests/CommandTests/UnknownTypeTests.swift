// SPDX-License-Identifier: MIT
import Footfall
import FootfallStore
import TestSupport
import Testing

/// A configuration file of a newer program, beside a command that does not know all of its types.
@Suite struct UnknownTypeTests {
    let footfall = Command()

    private func configure(_ destinations: String, _ others: String = "") throws {
        footfall.environment["FOOTFALL_CONFIG"] = try footfall.write(
            "c.json", "{\"session\": false, \(others)\"destinations\": [\n\(destinations)]}")
    }

    private var file: String { #"{"type": "file", "path": "\#(footfall.home)/log.ndjson"}"# }
    private let pigeon = #"{"type": "pigeon", "key": "Pigeon Post", "loft": 7}"#

    @Test func storesEventsForADestinationOfAnUnknownTypeAndWarnsOnce() throws {
        try configure(pigeon)
        let run = try footfall("track", "A", "--json")
        #expect(run.status == 0 && run.json?["stored"] == true)
        #expect(run.talk.split(separator: "\n").count == 1)
        #expect(run.talk.contains("c.json:2: destinations[0].type: pigeon is not known to this program"), "\(run.talk)")
        #expect(try footfall("track", "B", "--quiet").talk.isEmpty)
        let row = try #require(
            try footfall("status", "--json").json?["destinations"]?.arrayValue?.first?.objectValue)
        #expect((row["name"], row["queued"], row["state"]) == ("pigeon", 2, "unknownType"))
        #expect(row["lastError"] == "waits for a program that knows the type pigeon")
        #expect(try footfall("status").output.contains("unknown type"))
        #expect(try inspect(footfall.state) { try $0.destinations.all().map(\.key) } == ["Pigeon Post"])
    }

    @Test func doctorNamesTheTypeThatIsNotKnown() throws {
        try configure(pigeon)
        try footfall("track", "A")
        let lines = try footfall("doctor").lines.filter { $0.contains("destination pigeon") }
        #expect(lines.count == 1 && lines[0].hasPrefix("note "), "\(lines)")
        #expect(lines[0].contains("of the type pigeon, which this program does not know"))
    }

    @Test func aFlushWaitsForTheOthersAndNamesIt() throws {
        try configure("\(file),\(pigeon)")
        try footfall("track", "A")
        let run = try footfall("flush", "--json")
        #expect(run.status == 0 && run.json?["delivered"] == 1)
        #expect(
            run.json?["queuedElsewhere"] == [["destination": "pigeon", "queued": 1, "reason": "unknownType"]],
            "\(run.output)")
        #expect(run.talk.contains("1 event waits for \"pigeon\", which has a type that this program does not know"))
        #expect(try footfall("track", "B", "--wait").status == 0)
    }

    @Test func aFlushWithoutADestinationThatItKnowsIsAnError() throws {
        try configure(pigeon)
        try footfall("track", "A")
        for words in [["flush"], ["track", "B", "--wait"], ["send", "--deliver"]] {
            let run = try footfall.run(words, "")
            #expect(run.status == 64 && run.talk.contains("knows the type of no destination"), "\(words): \(run.talk)")
        }
    }

    @Test func aMisspeltTypeIsAnError() throws {
        for type in ["segmant", "Webhook", "amplitud", "fiel"] {
            try configure(#"{"type": "\#(type)"}"#)
            let run = try footfall("track", "A")
            #expect(run.status == 64 && run.talk.contains("did you mean"), "\(run.talk)")
        }
    }

    @Test func destinationsAndForgetNameIt() throws {
        try configure("\(file),\(pigeon)")
        try footfall("track", "A")
        #expect(try footfall("destinations").lines.last?.hasSuffix("unknown type") == true)
        #expect(try footfall("destinations", "drop", "pigeon").status == 64, "it is configured")
        let forgotten = try footfall("forget", "--json")
        #expect(forgotten.json?["requested"] == ["file"] && forgotten.json?["notAsked"] == ["pigeon"], "\(forgotten)")
    }

    @Test func holdsEventsForAPluginOfAnUnknownTypeAndWarnsOnce() throws {
        try configure(file, #""plugins": [{"type": "Stamp"}], "#)
        let run = try footfall("track", "A", "--json")
        #expect(run.status == 0 && run.json == ["stored": false, "reason": "held"], "\(run)")
        #expect(run.talk.split(separator: "\n").count == 1)
        #expect(run.talk.contains("c.json:1: plugins[0].type: Stamp is not known to this program"), "\(run.talk)")
        #expect(try footfall("track", "B").talk.contains("not stored: it waits for a program that knows"))
        #expect(try footfall("track", "C", "--dry-run").talk.contains("would not be stored: it waits for a program"))
        #expect(try footfall("flush").output.isEmpty)
        let held = HeldEvents.all(in: StateDirectory(path: footfall.state))
        #expect(held.map { "\($0.plugin) \($0.reason) \($0.events)" } == ["Stamp unknown 2"])
        // Two, where the hour of the boot changed meanwhile.
        let files = try footfall.directory.names(in: "state/footfall/default/held").filter { $0.hasSuffix(".lock") }
        #expect(files.count <= 2 && files.allSatisfy { $0.hasPrefix("command-") }, "\(files)")
    }

    @Test func eventsPassAnOptionalPluginOfAnUnknownType() throws {
        try configure(file, #""plugins": [{"type": "Stamp", "optional": true}], "#)
        let run = try footfall("track", "A", "--json")
        #expect(run.json?["stored"] == true && run.talk.isEmpty, "\(run)")
    }

    @Test func aCommandThatKnowsTheTypeTakesUpWhatIsHeld() throws {
        try configure(file, #""plugins": [{"type": "Stamp"}], "#)
        try footfall("track", "A")
        // As if this command were a newer one.
        let directory = StateDirectory(path: footfall.state)
        for name in try footfall.directory.names(in: "state/footfall/default/held") where name.hasSuffix(".lock") {
            let path = "state/footfall/default/held/\(name)"
            let text = try footfall.directory.text(of: path)
            #expect(text.contains("\"Stamp\""))
            try footfall.directory.write(text.replacing("\"Stamp\"", with: "\"LinuxContext\""), to: path)
        }
        try configure(file, #""plugins": [{"type": "LinuxContext", "deviceType": "kiosk"}], "#)
        try footfall("track", "B")
        #expect(HeldEvents.all(in: directory).isEmpty)
        #expect(try footfall("flush").status == 0)
        let events = try footfall.events(in: "log.ndjson")
        #expect(events.map { $0["event"] } == ["A", "B"])
        for event in events { #expect(event["context"]?.objectValue?["device"]?.objectValue?["type"] == "kiosk") }
    }

    @Test func runsThePluginsOfTheFileButNoLifecycle() throws {
        try configure(
            file, #""plugins": [{"type": "LinuxContext", "deviceType": "kiosk"}, {"type": "LinuxLifecycle"}], "#)
        try footfall("track", "A")
        #expect(try footfall("flush").status == 0)
        let events = try footfall.events(in: "log.ndjson")
        #expect(events.map { $0["event"] } == ["A"])
        #expect(events.first?["context"]?.objectValue?["device"]?.objectValue?["type"] == "kiosk")
        #expect(try footfall("track", "B", "--dry-run").output.contains(#""type":"kiosk""#))
    }
}
