// SPDX-License-Identifier: MIT
import Footfall
import FootfallCollector
import Testing

/// What people type and what senders write, and what then reaches the wire.
@Suite struct ValueCommandTests {
    let footfall = Command()

    /// The events that arrive when lines are sent, without the markers of sessions.
    private func sent(_ lines: String...) throws -> [JSONObject] {
        let sink = try Sink(footfall)
        let run = try footfall("send", "--deliver", input: lines.joined(separator: "\n"))
        #expect(run.status == 0, "\(run)")
        #expect(sink.collector.statistics.requests > 0)
        return try footfall.events(in: "collected.ndjson")
    }

    @Test func anEmptyUserIdOfALineCountsAsMissing() throws {
        let events = try sent(#"{"type":"track","event":"Lamp On","userId":""}"#)
        #expect(events.map { $0["event"] } == ["session_start", "Lamp On"])
        for event in events {
            #expect(event["userId"] == nil)
            #expect(event["anonymousId"]?.stringValue?.utf8.count == 36)
        }
    }

    @Test func anAliasOfALineGetsThePersonThatTheCommandsGets() throws {
        try footfall("identify", "old-6")
        let events = try sent(#"{"type":"alias","userId":"new-7"}"#)
        let identify = try #require(events.first { $0["type"] == "identify" })
        let alias = try #require(events.last)
        #expect(alias["userId"] == "new-7")
        #expect(alias["previousId"] == "old-6")
        #expect(alias["anonymousId"] == identify["anonymousId"])
    }

    @Test(arguments: [
        ("2013-01-01T10:42:00.123456+00:00", "2013-01-01T10:42:00.123Z"),
        ("2026-12-31 23:59:60z", "2027-01-01T00:00:00.000Z"), ("2026-11-23T18:06:07+0100", "2026-11-23T17:06:07.000Z"),
        ("2026-11-23T18:06:07,065123456+01:00", "2026-11-23T17:06:07.065Z"),
        ("2026-11-23T17:06Z", "2026-11-23T17:06:00.000Z"),
        ("@1700000000.5", "2023-11-14T22:13:20.500Z"),
    ])
    func aTimeGoesOutInUTCByEitherWay(_ text: String, _ canonical: String) throws {
        let line = #"{"type":"track","event":"A","timestamp":"\#(text)"}"#
        #expect(try sent(line).last?["timestamp"] == .string(canonical))
        #expect(try footfall("track", "A", "--timestamp", text, "--dry-run").json?["timestamp"] == .string(canonical))
    }

    @Test func aTimeWithoutAZoneIsRefusedByEitherWay() throws {
        let reason = "2026-11-23T17:06:07: the zone is missing; write Z for UTC or an offset such as +02:00 at the end"
        let option = try footfall("track", "A", "--timestamp", "2026-11-23T17:06:07")
        #expect(option.status == 65)
        #expect(option.talk == "footfall: --timestamp: \(reason)\n")
        let line = try footfall("send", input: #"{"type":"track","event":"A","timestamp":"2026-11-23T17:06:07"}"#)
        #expect(line.status == 65)
        #expect(line.talk.contains("in:1: timestamp: \(reason)") || line.talk.contains("input:1: timestamp: \(reason)"))
    }

    /// An Amplitude destination once refused a time that `send` had accepted.
    @Test func whatSendAcceptsIsMapped() throws {
        footfall.environment["FOOTFALL_CONFIG"] = try footfall.write(
            "c.json", #"{"destinations": [{"type": "amplitude", "apiKey": "KEY"}]}"#)
        let lines = [
            #"{"type":"track","event":"A","userId":"user-1","timestamp":"2026-12-31 23:59:60z"}"#,
            #"{"type":"page","userId":"user-1","timestamp":"@-62167219200"}"#,
            #"{"type":"alias","userId":"user-2","previousId":"user-1"}"#,
        ]
        for line in lines {
            let run = try footfall.run(["explain", "--json"], line)
            #expect(run.status == 0, "\(line): \(run)")
            #expect(run.json?["requests"]?.arrayValue?.count == 1, "\(line): \(run.output)")
        }
    }

    @Test func aPageWithoutANameIsMappedAsSegmentsServersMapIt() throws {
        footfall.environment["FOOTFALL_CONFIG"] = try footfall.write(
            "c.json", #"{"destinations": [{"type": "amplitude", "apiKey": "KEY"}]}"#)
        let run = try footfall.run(["explain", "--json"], #"{"type":"page","userId":"user-1"}"#)
        #expect(run.output.contains(#"\"event_type\":\"Viewed \""#), "\(run.output)")
    }

    @Test(
        arguments: [
            ([], nil, [:]), (["k=v"], nil, ["k": "v"]), (["n:=1", "k=v"], nil, ["n": 1, "k": "v"]),
            (["Home"], "Home", [:]), (["Home", "k=v"], "Home", ["k": "v"]),
            (["/search?q=shoes"], "/search?q=shoes", [:]),
            (["Results for a=b", "k=v"], "Results for a=b", ["k": "v"]), (["=", "k=v"], "=", ["k": "v"]),
        ] as [([String], String?, JSONObject)])
    func theNameOfAPageMayBeMissing(_ words: [String], _ name: String?, _ properties: JSONObject) throws {
        for type in ["page", "screen"] {
            let run = try footfall.run([type] + words + ["--dry-run"], "")
            #expect(run.status == 0, "\(run)")
            #expect(run.json?["name"]?.stringValue == name)
            #expect(run.json?["properties"] == .object(properties))
        }
    }

    @Test func aByteOrderMarkBeforeTheFirstLineIsSkipped() throws {
        let events = try sent("\u{FEFF}{\"type\":\"track\",\"event\":\"A\"}", #"{"type":"track","event":"B"}"#)
        #expect(events.map { $0["event"] } == ["session_start", "A", "B"])
        #expect(try footfall("send", input: "\u{FEFF}\n").status == 0, "a file with nothing but the mark is empty")
    }

    @Test func integrationsOfAllInSmallLettersReachNoDestination() throws {
        let sink = try Sink(footfall)
        footfall.environment["FOOTFALL_CONFIG"] = try footfall.write(
            "c.json",
            #"{"destinations": [{"type": "webhook", "name": "audit", "endpoint": "\#(sink.collector.url)/audit"}]}"#)
        try footfall("send", "--deliver", input: #"{"type":"track","event":"A","integrations":{"all":false}}"#)
        #expect(sink.collector.statistics.events == 0)
    }

    @Test func aSessionIdThatIsATextIsKeptAsANumber() throws {
        let line =
            #"{"type":"track","event":"A","integrations":{"Actions Amplitude":{"session_id":"1700000000123"}}}"#
        let integrations = try sent(line).last?["integrations"]
        #expect(integrations == ["Actions Amplitude": ["session_id": 1_700_000_000_123]])
    }

    @Test func theApplicationsNameGoesOut() throws {
        let sink = try Sink(footfall)
        footfall.environment["FOOTFALL_CONFIG"] = try footfall.write(
            "c.json", #"{"application": {"id": "com.example.Kiosk", "name": "Kiosk", "version": "2"}}"#)
        #expect(try footfall("track", "A", "--wait=20").status == 0)
        let context = try footfall.events(in: "collected.ndjson").last?["context"]?.objectValue
        #expect(context?["app"] == ["namespace": "com.example.Kiosk", "name": "Kiosk", "version": "2"])
        #expect(sink.collector.statistics.events == 2)
    }

    // MARK: - Keys

    private func server(_ key: String) throws -> Collector {
        var settings = CollectorConfiguration()
        settings.writeKey = key
        let collector = try Collector(settings)
        footfall.environment["FOOTFALL_ENDPOINT"] = "\(collector.url)/v1/b"
        return collector
    }

    @Test(arguments: ["abc\r", "abc\n", " abc ", "\u{FEFF}abc"]) func aWriteKeyIsTrimmed(_ key: String) throws {
        let collector = try server("abc")
        defer { collector.stop() }
        footfall.environment["FOOTFALL_WRITE_KEY"] = key
        let run = try footfall("track", "A", "--wait=20")
        #expect(run.status == 0, "\(run)")
        #expect(collector.statistics.events == 2)
    }

    @Test func aControlCharacterInsideAWriteKeyIsAnErrorThatNamesTheVariable() throws {
        footfall.environment["FOOTFALL_WRITE_KEY"] = "SECRET-1\nSECRET-2"
        let run = try footfall("track", "A")
        #expect(run.status == 64)
        #expect(
            run.talk
                == "footfall: FOOTFALL_WRITE_KEY: it has a control character inside, such as the end of a line; "
                + "give it alone, on one line\n")
    }

    @Test(arguments: [nil, "", " ", "\n"]) func anEndpointWithoutAKeyIsAnError(_ key: String?) throws {
        let collector = try server("abc")
        defer { collector.stop() }
        footfall.environment["FOOTFALL_WRITE_KEY"] = key
        for words in [["track", "A", "--wait=5"], ["flush"], ["status"]] {
            let run = try footfall.run(words, "")
            #expect(run.status == 64, "\(words)")
            #expect(
                run.talk.hasPrefix(
                    "footfall: FOOTFALL_ENDPOINT: its destination needs a write key; set FOOTFALL_WRITE_KEY"))
        }
        footfall.environment["FOOTFALL_CONFIG"] = try footfall.write("c.json", #"{"writeKey": "abc\n"}"#)
        #expect(try footfall("track", "A", "--wait=20").status == 0, "a blank variable counts as unset")
        #expect(collector.statistics.events == 2)
    }

    @Test func aKeyFileMayBeginWithAByteOrderMark() throws {
        let key = try footfall.write("key", "\u{FEFF}KEY\r\n")
        footfall.environment["FOOTFALL_CONFIG"] = try footfall.write(
            "c.json", "\u{FEFF}{\"destinations\": [{\"type\": \"amplitude\", \"apiKeyFile\": \"\(key)\"}]}")
        let run = try footfall.run(
            ["explain", "--json"], "\u{FEFF}" + #"{"type":"track","event":"A","userId":"user-1"}"#)
        #expect(run.status == 0, "\(run)")
        #expect(run.json?["requests"]?.arrayValue?.count == 1)
    }

    /// Once such an answer was read as none, and the batch was sent again each hour.
    @Test func aSuccessThatBeginsWithAByteOrderMarkIsASuccess() throws {
        let sink = try Sink(footfall) { _, _ in .status(200, body: "\u{FEFF}{\"success\":true}") }
        #expect(try footfall("track", "A", "--wait=20").status == 0)
        let flushed = try footfall("flush", "--json").json
        #expect(flushed?["delivered"] == 0 && flushed?["queued"] == 0 && flushed?["dropped"] == 0)
        #expect(sink.collector.statistics.requests == 1)
    }
}
