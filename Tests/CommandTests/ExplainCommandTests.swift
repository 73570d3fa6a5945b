// SPDX-License-Identifier: MIT
import Footfall
import Testing

@Suite struct ExplainCommandTests {
    let footfall = Command()

    private func configure(_ more: String = "") throws {
        footfall.environment["FOOTFALL_CONFIG"] = try footfall.write(
            "c.json", #"{"destinations": [{"type": "amplitude", "apiKey": "KEY"\#(more)}]}"#)
    }

    @Test func showsTriggersPayloadAndRequestOfAnEvent() throws {
        try configure()
        let event =
            #"{"type":"track","event":"Badge Scanned","userId":"user-1","messageId":"m-1","properties":{"gate":"B"}}"#
        let run = try footfall.run(["explain", "--json"], event)
        #expect(run.status == 0, "\(run)")
        let mappings = (run.json?["mappings"]?.arrayValue ?? []).compactMap(\.objectValue)
        try #require(mappings.count == 6)
        #expect(mappings[0]["outcome"]?.stringValue?.hasPrefix("its trigger matches") == true)
        #expect(mappings[1]["outcome"]?.stringValue?.hasPrefix("its trigger does not match") == true)
        #expect(mappings[0]["resolved"]?.objectValue?["event_type"] == "Badge Scanned")
        let request = try #require(run.json?["requests"]?.arrayValue?.first?.objectValue)
        #expect(request["url"] == "https://api2.amplitude.com/2/httpapi")
        #expect(request["body"]?.stringValue?.contains(#""insert_id":"m-1""#) == true)
    }

    @Test func saysWhyGroupCallsAreNotSent() throws {
        try configure()
        let run = try footfall.run(["explain"], #"{"type":"group","groupId":"acme","userId":"user-1"}"#)
        #expect(run.output.contains("groupType and groupValue are not configured"))
        #expect(run.output.contains("nothing is sent"))
    }

    @Test func saysWhyAnEventWouldBeRefused() throws {
        try configure()
        let run = try footfall.run(["explain"], #"{"type":"track","event":"A","userId":"0","anonymousId":"x"}"#)
        #expect(run.status == 65)
    }

    @Test func checksMappingsAndPointsAtTheMistake() throws {
        try configure()
        #expect(try footfall("explain", "--check").status == 0)
        try configure(#", "mappings": [{"name": "Doors", "subscribe": "type = \"track", "action": "logEventV2"}]"#)
        let run = try footfall("explain", "--check")
        #expect(run.status == 65)
        #expect(run.talk.contains("Doors") && run.talk.contains("character 8"), "\(run.talk)")
    }

    @Test func takesWhatADryRunPrints() throws {
        try configure()
        let printed = try footfall("track", "A", "--dry-run")
        #expect(printed.lines.count == 1 && printed.json?["event"] == "A")
        let mark = "also stored, before the event: "
        #expect(printed.talk.hasPrefix(mark), "\(printed.talk)")
        let marker = String(printed.talk.dropFirst(mark.count))
        #expect(try JSONParser.parse(marker).objectValue?["event"] == "session_start")
        #expect(try footfall("track", "A", "--dry-run", "--quiet").talk.isEmpty)
        for input in [printed.output, printed.output + marker, marker + printed.output] {
            let run = try footfall.run(["explain", "--json"], input)
            #expect(run.status == 0, "\(run)")
            #expect(run.output.contains(#"\"event_type\":\"A\""#), "\(run.output)")
        }
    }

    @Test func sendsNothingOfAnEventThatRefusesAmplitude() throws {
        try configure()
        let run = try footfall.run(
            ["explain"], #"{"type":"track","event":"A","userId":"user-1","integrations":{"All":false}}"#)
        #expect(run.output.contains("refuse Actions Amplitude"))
        #expect(run.output.contains("nothing is sent"))
    }

    @Test(arguments: ["[]", "1", "null", "{}", #"{"type":"TRACK"}"#]) func refusesWhatIsNoEvent(_ text: String) throws {
        try configure()
        #expect(try footfall.run(["explain"], text).status == 65)
    }

    @Test func refusesTwoMappingsOfOneName() throws {
        try configure(#", "mappings": [{"name": "x", "action": "logEventV2"}, {"name": "x", "action": "logEventV2"}]"#)
        let run = try footfall("explain", "--check")
        #expect(run.status == 64)
        #expect(run.talk.contains("two mappings are called x"))
    }

    @Test func needsADestinationOfItsType() throws {
        #expect(try footfall.run(["explain"], "{}").status == 64)
        try configure()
        #expect(try footfall.run(["explain", "--destination", "other"], "{}").status == 64)
        #expect(try footfall.run(["explain"], "no json").status == 65)
    }
}
