// SPDX-License-Identifier: MIT
import Footfall
import FootfallCollector
import Testing

@Suite struct DeliveryCommandTests {
    let footfall = Command()

    @Test func flushEndsWith75WhileNoServerAnswers() throws {
        footfall.environment["FOOTFALL_ENDPOINT"] = "http://127.0.0.1:9/v1/b"
        footfall.environment["FOOTFALL_WRITE_KEY"] = "KEY"
        try footfall("track", "T")
        let run = try footfall("flush", "--timeout", "1", "--json")
        #expect(run.status == 75)
        #expect(run.json?["delivered"] == 0 && run.json?["queued"] == 2)
        #expect(run.json?["deadLettered"] == 0 && run.json?["dropped"] == 0)
        #expect(run.talk.contains("127.0.0.1"))
    }

    @Test func numbersAgreeWithTheirNouns() throws {
        footfall.environment["FOOTFALL_ENDPOINT"] = "http://127.0.0.1:9/v1/b"
        footfall.environment["FOOTFALL_WRITE_KEY"] = "KEY"
        footfall.environment["FOOTFALL_CONFIG"] = try footfall.write("c.json", #"{"session": false}"#)
        for (count, words) in [(1, "1 event"), (2, "2 events")] {
            try footfall("track", "T")
            #expect(try footfall("flush", "--timeout", "1").talk.contains("\(words) still queued"), "\(count)")
            #expect(try footfall("status").output.contains(", \(words))"), "\(count)")
            #expect(try footfall("doctor").output.contains("\(words) queued"), "\(count)")
        }
        #expect(try footfall("dead-letters", "purge").talk.contains("removed: 0 dead letters"))
    }

    @Test func flushEndsWith69WhenTheKeyIsWrong() throws {
        let sink = try Sink(footfall) { _, _ in .status(401, body: "no such key") }
        try footfall("track", "T")
        let run = try footfall("flush", "--json")
        #expect(run.status == 69)
        #expect(run.json?["queued"] == 2)

        let status = try #require(try footfall("status", "--json").json)
        let row = try #require(status["destinations"]?.arrayValue?.first?.objectValue)
        #expect(row["state"] == "blocked")
        #expect(row["queued"] == 2)
        #expect(row["nextAttempt"]?.stringValue.flatMap { Timestamp($0) } != nil)
        #expect(row["lastError"]?.stringValue?.contains("401") == true)
        #expect(sink.collector.statistics.events == 0)
    }

    @Test func statusHasItsDocumentedShape() throws {
        let sink = try Sink(footfall)
        try footfall("track", "T", "--wait=20")
        let status = try #require(try footfall("status", "--json").json)
        #expect(
            status.members.map(\.key) == [
                "store", "consent", "counters", "session", "visit", "destinations", "plugins", "blocked", "off", "held",
                "schema", "version", "clock", "profile", "config",
            ])
        #expect(
            status["store"]?.objectValue?.members.map(\.key) == [
                "path", "bytes", "queued", "isErasing", "limitBytes", "limitEvents", "fill", "spoolBytes",
                "oldestAgeSeconds",
            ])
        #expect(status["counters"] == ["stored": 2, "delivered": 2, "dropped": [:]])
        #expect(status["session"]?.objectValue?["id"]?.intValue != nil)
        let row = try #require(status["destinations"]?.arrayValue?.first?.objectValue)
        #expect(
            row.members.map(\.key) == [
                "name", "routed", "delivered", "dropped", "deadLettered", "queued", "state", "lastError", "nextAttempt",
                "oldestAgeSeconds", "isOldestAgeAtLeast", "lastSuccess", "lastAttempt", "lastStatus", "requests",
                "sentBytes", "isDelivering", "isStored",
            ])
        #expect(row["name"] == "segment")
        let table = try footfall("status").output
        #expect(table.contains("destination") && table.contains("segment"))
        #expect(sink.collector.statistics.events == 2)
    }

    @Test func readsTheProfilesFileAndTheEnvironmentGoesOverIt() throws {
        let sink = try Sink(footfall)
        let endpoint = footfall.environment.removeValue(forKey: "FOOTFALL_ENDPOINT")
        let file = try footfall.write(
            "c.json",
            """
            {
              // two destinations
              "writeKey": "FILE",
              "destinations": [
                {"type": "segment", "endpoint": "http://127.0.0.1:9/v1/b"},
                {"type": "file", "name": "log", "path": "\(footfall.home)/log.ndjson"},
                {"type": "webhook", "enabled": false, "endpoint": "https://example.com"}
              ]
            }
            """)
        try footfall("--config", file, "track", "T")
        #expect(try footfall("--config", file, "flush", "--timeout", "1").status == 75)
        #expect(try footfall.read("log.ndjson").split(separator: "\n").count == 1, "markers are for Amplitude only")
        footfall.environment["FOOTFALL_ENDPOINT"] = endpoint
        #expect(try footfall("--config", file, "flush").status == 0)
        #expect(sink.collector.statistics.events == 2)
    }

    @Test func namesKeyAndLineOfAConfigurationThatIsWrong() throws {
        let wrongs: [(String, String)] = [
            ("{\n \"writeKay\": 1\n}", ":2: writeKay: this key is not known"),
            ("{\n\n \"flushAt\": \"many\"}", ":3: flushAt: it must be a whole number"),
            ("{\"destinations\": [\n {\"type\": \"segmant\"}]}", ":2: destinations[0].type: segmant is none of"),
            (
                "{\"writeKey\": \"K\", \"destinations\": [\n {\"type\": \"segment\",\n \"gzip\": 1}]}",
                ":3: destinations[0].gzip"
            ),
            (
                "{\"destinations\": [{\"type\": \"webhook\",\n \"endpoint\": \"http://example.com\"}]}",
                ":2: destinations[0].endpoint"
            ),
            (
                "{\"destinations\": [{\"type\": \"webhook\", \"endpoint\": \"https://example.com\",\n"
                    + " \"headers\": {\"Content-Length\": \"3\"}}]}",
                ":2: destinations[0].headers: the header Content-Length belongs to the connection"
            ),
            ("{\n \"a\": \n}", ":3:"), ("[]", ":1: it must be a JSON object"),
        ]
        for (text, expected) in wrongs {
            let run = try footfall("--config", try footfall.write("c.json", text), "track", "T")
            #expect(run.status == 64)
            #expect(run.talk.contains(expected), "\(run.talk)")
        }
    }

    @Test func collectEndsWith69WhenThePortIsInUse() throws {
        let sink = try Sink(footfall)
        let run = try footfall("collect", "--port", "\(sink.collector.port)")
        #expect(run.status == 69)
        #expect(run.talk.contains("\(sink.collector.port)"))
    }

    @Test func theDemoShowsWhatArrived() throws {
        let run = try footfall("demo")
        #expect(run.status == 0)
        #expect(run.lines.count == 4)
        #expect(run.talk.contains("queued 4") && run.talk.contains("delivered 4"))
    }
}
