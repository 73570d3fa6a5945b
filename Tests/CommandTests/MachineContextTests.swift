// SPDX-License-Identifier: MIT
import Footfall
import Testing

/// `"context": "linux"`.
@Suite struct MachineContextTests {
    let footfall = Command()

    private func context(_ configuration: String, _ arguments: String...) throws -> JSONObject {
        let file = try footfall.write("c.json", configuration)
        let run = try footfall.run(["track", "T", "--dry-run", "--config", file] + arguments, "")
        #expect(run.status == 0, "\(run)")
        return try #require(run.json?["context"]?.objectValue)
    }

    @Test func saysFromWhichDeviceAnEventComes() throws {
        let application = #""application": {"id": "com.example.Kiosk"}"#
        let plugins = #""plugins": [{"type": "LinuxContext", "deviceType": "kiosk", "deviceName": "Till 3"}]"#
        let kept = try context("{\"context\": \"linux\", \(application), \(plugins)}")
        #expect(kept["device"]?.objectValue?["type"] == "kiosk")
        #expect(kept["device"]?.objectValue?["name"] == "Till 3")
        #expect(kept["os"]?.objectValue?["name"]?.stringValue?.isEmpty == false)
        #expect(kept["network"] == nil, "the plugin itself is left out")
        // An app with the same file has the same device.
        try footfall("track", "A", "--config", footfall.write("d.json", "{\"context\": \"linux\", \(application)}"))
        let whole = try context("{\(application), \(plugins)}")
        #expect(whole["network"] != nil)
        #expect(whole["os"] == kept["os"])
    }

    @Test func keepsTheDeviceInTheStore() throws {
        let file = try footfall.write("c.json", #"{"context": "linux"}"#)
        let sink = try Sink(footfall)
        for _ in 0..<2 { #expect(try footfall("track", "T", "--config", file).status == 0) }
        #expect(try footfall("flush", "--config", file).status == 0)
        let events = try footfall.events(in: "collected.ndjson").filter { $0["event"] == "T" }
        let ids = events.map { $0["context"]?.objectValue?["device"]?.objectValue?["id"] }
        #expect(ids.count == 2 && ids[0] != nil && ids[0] == ids[1])
        #expect(sink.collector.statistics.events == 3)
    }

    @Test func refusesAnotherContext() throws {
        let file = try footfall.write("c.json", "{\n\"context\": \"linus\"}")
        let run = try footfall("track", "T", "--config", file)
        #expect(run.status == 64)
        #expect(run.talk == "footfall: \(file):2: context: it must be \"linux\", this is \"linus\"\n")
    }
}
