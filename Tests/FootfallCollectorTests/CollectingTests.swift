// SPDX-License-Identifier: MIT
import FootfallJSON
import TestSupport
import Testing

@testable import FootfallCollector

@Suite struct CollectingTests {
    @Test(arguments: ["/v1/b", "/v1/batch", "/v1/import"])
    func takesAPlainBatch(path: String) throws {
        let bench = try Workbench()

        let events = #"{"type":"track","event":"A"},{"type":"track","event":"B"}"#
        let answer = try bench.client().post(
            path, #"{"batch":[\#(events)],"sentAt":"2026-11-23T17:06:07.065Z","writeKey":"k"}"#)

        #expect(answer.status == 200)
        #expect(answer.body == success)
        #expect(try bench.output == "{\"type\":\"track\",\"event\":\"A\"}\n{\"type\":\"track\",\"event\":\"B\"}\n")
        let batch = try #require(bench.recorder.batches.first)
        #expect(batch.path == path)
        #expect(batch.endpoint == .batch)
        #expect(batch.sentAt == "2026-11-23T17:06:07.065Z")
        #expect(batch.writeKey == "k")
        #expect(!batch.isGzip)
        #expect(try batch.events() == [["type": "track", "event": "A"], ["type": "track", "event": "B"]])
    }

    @Test func takesAGzippedBatchAndCountsBothSizes() throws {
        let bench = try Workbench()
        let text = String(repeating: "a", count: 5_000)
        let event = #"{"type":"track","event":"Żółw 🐢","properties":{"text":"\#(text)"}}"#
        let body = #"{"batch":[\#(event),\#(event)],"writeKey":"k"}"#

        let answer = try bench.client().postGzip("/v1/b", body)

        #expect(answer.body == success)
        #expect(try bench.output == "\(event)\n\(event)\n")
        let batch = try #require(bench.recorder.batches.first)
        #expect(batch.isGzip)
        #expect(batch.inflatedBytes == body.utf8.count)
        #expect(batch.wireBytes == gzip(Array(body.utf8)).count)
        #expect(
            bench.collector.statistics
                == CollectorStatistics(
                    requests: 1, events: 2, bytesReceived: batch.wireBytes, bytesInflated: batch.inflatedBytes,
                    rejected: 0))
    }

    @Test func takesAGzipBodyOfSeveralMembers() throws {
        let bench = try Workbench()
        let body = gzip(Array(#"{"batch":[{"a":1"#.utf8)) + gzip(Array("}]}".utf8))

        _ = try bench.client().post("/v1/b", body, headers: [("Content-Encoding", "gzip")])

        #expect(try bench.output == "{\"a\":1}\n")
    }

    @Test(arguments: [
        ("/v1/t", CollectorEndpoint.track), ("/v1/track", .track), ("/v1/i", .identify), ("/v1/identify", .identify),
        ("/v1/p", .page), ("/v1/page", .page), ("/v1/s", .screen), ("/v1/screen", .screen), ("/v1/g", .group),
        ("/v1/group", .group), ("/v1/a", .alias), ("/v1/alias", .alias),
    ])
    func takesOneEventAndItsTypeFromThePath(path: String, endpoint: CollectorEndpoint) throws {
        let bench = try Workbench()

        let answer = try bench.client().post(path, #" {"messageId":"m","sentAt":"s","writeKey":"k"} "#)

        #expect(answer.body == success)
        let type = "\(endpoint)"
        #expect(
            try bench.output == "{\"type\":\"\(type)\",\"messageId\":\"m\",\"sentAt\":\"s\",\"writeKey\":\"k\"}\n")
        #expect(try bench.recorder.batches.first?.events().first?.objectValue?["type"] == .string(type))
        let batch = try #require(bench.recorder.batches.first)
        #expect(batch.endpoint == endpoint)
        #expect(batch.sentAt == "s")
        #expect(batch.writeKey == "k")
    }

    @Test(arguments: [
        (#"{"type":"track","event":"A"}"#, #"{"type":"track","event":"A"}"#),
        (#"{"a":{"type":"page"},"t\u0079pe":"page"}"#, #"{"a":{"type":"page"},"t\u0079pe":"page"}"#),
        ("{}", #"{"type":"identify"}"#), ("{ \n }", #"{"type":"identify"}"#),
        ("{\n \"a\": {\"type\": 1}\n}", #"{"type":"identify","a": {"type": 1} }"#),
    ])
    func keepsTheTypeOfAnEventWhateverThePath(event: String, line: String) throws {
        let bench = try Workbench()
        #expect(try bench.client().post("/v1/i", event).status == 200)
        #expect(try bench.output == "\(line)\n")
    }

    @Test(arguments: [
        #"{"n":18446744073709551615,"z":1,"a":2}"#, #"{"n":0.1000000000000000055,"e":1E2,"f":1.50}"#,
        #"{"s":"\u0041\/\ud83d\ude00 } ] \" \\","batch":[{}]}"#, #"{ "a" : [ ] , "a" : { } }"#, "{}",
        #"{"s":"\\"}"#, #"{"s":"\\\""}"#, #"{"[":"{"}"#,
    ])
    func keepsTheBytesOfAnEvent(event: String) throws {
        let bench = try Workbench()

        _ = try bench.client().post("/v1/b", #"{"batch":[\#(event) , \#(event)]}"#)

        #expect(try bench.output == "\(event)\n\(event)\n")
    }

    @Test func putsAPrettyPrintedEventOnOneLine() throws {
        let bench = try Workbench()

        _ = try bench.client().post("/v1/b", "{\n\"batch\": [\n{\n  \"a\": 1,\r\n  \"b\": \"x\\ny\"\n}\n]\n}\n")

        #expect(try bench.output == "{   \"a\": 1,    \"b\": \"x\\ny\" }\n")
    }

    @Test func takesABatchWhoseKeyIsEscaped() throws {
        let bench = try Workbench()

        _ = try bench.client().post("/v1/b", #"{"b\u0061tch":[{"a":1}]}"#)

        #expect(try bench.output == "{\"a\":1}\n")
    }

    @Test func takesAnEmptyBatch() throws {
        let bench = try Workbench()

        #expect(try bench.client().post("/v1/b", #"{"batch":[]}"#).status == 200)

        #expect(try bench.output.isEmpty)
        #expect(bench.collector.statistics.events == 0)
    }

    @Test(arguments: [
        (#"[{"a":1},[2],3,"four"]"#, "{\"a\":1}\n[2]\n3\n\"four\"\n"),
        ("{\"a\":1}\n{\"a\":2}\n", "{\"a\":1}\n{\"a\":2}\n"),
        ("{\"a\":1}\r\n\r\n[2]", "{\"a\":1}\n[2]\n"), ("{\n\"a\":1\n}", "{ \"a\":1 }\n"),
        ("[]", ""), (" [ 1 , 2 ] ", "1\n2\n"),
    ])
    func takesAWebhookOfAnArrayOrOfLines(body: String, lines: String) throws {
        let bench = try Workbench { $0.writeKey = "webhooks have none" }

        #expect(try bench.client().post("/webhook/orders", body).status == 200)

        #expect(try bench.output == lines)
        #expect(bench.recorder.batches.first?.endpoint == .webhook)
    }

    @Test func appendsToAFileThatIsThere() throws {
        let bench = try Workbench()
        _ = try bench.client().post("/v1/t", #"{"a":1}"#)
        bench.collector.stop()

        var configuration = CollectorConfiguration()
        configuration.output = bench.folder("events.ndjson")
        let second = try Collector(configuration)
        _ = try HTTPClient(port: second.port).post("/v1/t", #"{"a":2}"#)
        second.stop()

        #expect(try bench.output == "{\"type\":\"track\",\"a\":1}\n{\"type\":\"track\",\"a\":2}\n")
    }

    @Test func takesWithoutAFullParseWhenAsked() throws {
        let bench = try Workbench { $0.validatesEvents = false }

        #expect(try bench.client().postGzip("/v1/b", #"{"batch":[{"a":01}],"writeKey":"k"}"#).status == 200)
        #expect(try bench.client().post("/v1/b", #"{"batch":[{"a":1}"#).status == 400)

        #expect(try bench.output == "{\"a\":01}\n")
    }

    @Test func answersTheSettingsOfAKey() throws {
        let bench = try Workbench()

        let answer = try bench.client().get("/v1/projects/k%22ey/settings?x=1")

        #expect(answer.status == 200)
        #expect(answer.headers["content-type"] == "application/json")
        #expect(answer.body == #"{"integrations":{"Segment.io":{"apiKey":"k\"ey"}}}"#)
    }
}
