// SPDX-License-Identifier: MIT
import FootfallJSON
import FootfallStore
import TestSupport
import Testing

@testable import FootfallCollector

@Suite struct RefusalTests {
    /// Checks that an answer refuses and nothing was taken.
    private func expectRefusal(
        _ answer: HTTPClient.Answer, _ status: Int, _ bench: Workbench, _ location: SourceLocation = #_sourceLocation
    ) throws {
        #expect(answer.status == status, sourceLocation: location)
        let body = try JSONParser.parse(answer.body).objectValue
        #expect(body?["success"] == false, sourceLocation: location)
        #expect(body?["message"]?.stringValue?.isEmpty == false, sourceLocation: location)
        #expect(try bench.isOutputEmpty, sourceLocation: location)
        #expect(bench.recorder.batches.isEmpty, sourceLocation: location)
        #expect(bench.collector.statistics.events == 0, sourceLocation: location)
        #expect(bench.collector.statistics.rejected == 1, sourceLocation: location)
        let told = bench.recorder.refusals
        #expect(told.count == 1, sourceLocation: location)
        #expect(told.first?.status == status, sourceLocation: location)
        #expect(told.first?.reason == KeptText.cut(body?["message"]?.stringValue ?? ""), sourceLocation: location)
        #expect(told.first?.path.isEmpty == false, sourceLocation: location)
    }

    // MARK: - What is told

    @Test func tellsTheRequestTheStatusAndTheReason() throws {
        let bench = try Workbench()
        _ = try bench.client().post("/v1/x?key=1", "{}")
        _ = try bench.client().post("/2/httpapi", "{")
        #expect(
            bench.recorder.refusals.map(\.description).first
                == "POST /v1/x: refused with 404: there is nothing at /v1/x")
        #expect(bench.recorder.refusals.last?.description.hasPrefix("POST /2/httpapi: refused with 400: ") == true)
    }

    @Test func tellsOfARequestThatDoesNotArriveWhole() throws {
        let bench = try Workbench()
        do {
            let client = try bench.client()
            try client.sendHead("POST", "/v1/t", [("Content-Length", "100")])
            try client.send(Array("{".utf8))
        }
        #expect(poll { !bench.recorder.refusals.isEmpty })
        let told = try #require(bench.recorder.refusals.first)
        #expect((told.method, told.path, told.status) == ("POST", "/v1/t", nil))
        #expect(bench.collector.statistics.rejected == 1)
    }

    @Test func tellsOfHeadersThatAreTooLarge() throws {
        let bench = try Workbench()
        let client = try bench.client()
        // The collector may close the connection before all of it is sent.
        try? client.sendHead("POST", "/v1/t", [("X-Large", String(repeating: "x", count: 200_000))])
        #expect(poll { !bench.recorder.refusals.isEmpty })
        #expect(
            bench.recorder.refusals.map(\.description) == ["a request: refused with 431: the headers are too large"])
    }

    @Test func tellsOfABrokenBodyOnce() throws {
        let bench = try Workbench()
        let client = try bench.client()
        try client.sendHead("POST", "/v1/t", [("Transfer-Encoding", "chunked")])
        try client.send(Array("zz\r\n".utf8))
        #expect(poll { !bench.recorder.refusals.isEmpty })
        bench.collector.stop()
        #expect(bench.recorder.refusals.map(\.description) == ["POST /v1/t: refused with 400: it is not HTTP"])
    }

    @Test func tellsNothingOfARequestThatItHolds() throws {
        let bench = try Workbench { $0.answer = { _, _ in .neverAnswer } }
        let client = try bench.client()
        try client.sendHead("POST", "/v1/t", [("Content-Length", "2")])
        try client.send(Array("{}".utf8))
        #expect(poll { bench.collector.statistics.requests == 1 })
        bench.collector.stop()
        #expect(bench.recorder.refusals.isEmpty)
    }

    @Test func cutsALongPath() throws {
        let bench = try Workbench()
        _ = try bench.client().post("/" + String(repeating: "a", count: 10_000), "{}")
        #expect(bench.recorder.refusals.first?.path.utf8.count == KeptText.limit)
    }

    // MARK: - Answers

    @Test(arguments: [
        "", "{", "nul", "[]", #"{"batch":[{"a":1}]"#, #"{"batch":[{"a":1},]}"#, #"{"batch":[{"a":01}]}"#,
        #"{"batch":{}}"#,
        #"{"batch":[{"a":1},2]}"#, #"{"events":[]}"#, #"{"batch":[]} x"#, #"{"batch":[{"a":NaN}]}"#,
    ])
    func refusesABadBatch(body: String) throws {
        let bench = try Workbench()
        try expectRefusal(bench.client().post("/v1/b", body), 400, bench)
    }

    @Test(arguments: ["", "[{}]", "{} {}", "3", #"{"a":}"#])
    func refusesABadSingleEvent(body: String) throws {
        let bench = try Workbench()
        try expectRefusal(bench.client().post("/v1/t", body), 400, bench)
    }

    @Test(arguments: ["", "\n", "[1", "{\"a\":1} {\"a\":2}", "{\"a\":1}\n{\"a\"", "hello"])
    func refusesABadWebhook(body: String) throws {
        let bench = try Workbench()
        try expectRefusal(bench.client().post("/webhook", body), 400, bench)
    }

    @Test func namesWhatIsWrongInABatch() throws {
        let bench = try Workbench()
        let answer = try bench.client().post("/v1/b", #"{"batch":[{"a":1},{"properties":{"x":1e400}}]}"#)
        #expect(answer.body.contains("batch[1].properties.x: the number 1e400 is too large"))
    }

    @Test func refusesBytesThatAreNoGzip() throws {
        let bench = try Workbench()
        let answer = try bench.client().post("/v1/b", #"{"batch":[]}"#, headers: [("Content-Encoding", "gzip")])
        try expectRefusal(answer, 400, bench)
    }

    @Test func refusesGzipThatEndsEarlyOrIsDamaged() throws {
        let whole = gzip(Array(#"{"batch":[{"a":1}]}"#.utf8))
        var damaged = whole
        damaged[whole.count - 5] ^= 0xFF  // in the checksum

        for body in [[], Array(whole.dropLast(1)), Array(whole.prefix(12)), damaged, whole + [1, 2, 3]] {
            let bench = try Workbench()
            let answer = try bench.client().post("/v1/b", body, headers: [("Content-Encoding", "gzip")])
            try expectRefusal(answer, 400, bench)
        }
    }

    @Test func refusesAnotherEncoding() throws {
        let bench = try Workbench()
        try expectRefusal(bench.client().post("/v1/b", "{}", headers: [("Content-Encoding", "br")]), 415, bench)
    }

    @Test func takesABodyOfExactlyTheLimitAndRefusesOneByteMore() throws {
        let body = #"{"batch":[{"a":1}]}"#
        let taking = try Workbench { $0.maximumBodyBytes = body.utf8.count }
        #expect(try taking.client().post("/v1/b", body).status == 200)
        #expect(try taking.client().postGzip("/v1/b", "{}").status == 413)  // 22 bytes of gzip

        let refusing = try Workbench { $0.maximumBodyBytes = body.utf8.count - 1 }
        try expectRefusal(refusing.client().post("/v1/b", body), 413, refusing)
    }

    @Test func countsTheLimitAfterInflatingToTheByte() throws {
        let body = #"{"batch":[{"a":"\#(String(repeating: "x", count: 200_000))"}]}"#
        let taking = try Workbench { $0.maximumBodyBytes = body.utf8.count }
        #expect(try taking.client().postGzip("/v1/b", body).status == 200)

        let refusing = try Workbench { $0.maximumBodyBytes = body.utf8.count - 1 }
        try expectRefusal(refusing.client().postGzip("/v1/b", body), 413, refusing)
    }

    @Test func refusesABodyOverTheDefaultLimitAndStaysUsable() throws {
        let bench = try Workbench()
        let client = try bench.client()

        try expectRefusal(client.post("/v1/b", [UInt8](repeating: 0x20, count: 6 << 20)), 413, bench)

        #expect(bench.collector.statistics.bytesReceived == 6 << 20)
        #expect(try client.post("/v1/t", "{}").status == 200)
    }

    @Test func refusesAGzipBombWithoutInflatingItAll() throws {
        let bench = try Workbench()
        let megabytes = gzip([UInt8](repeating: 0x20, count: 16 << 20), level: 9)
        let bomb = (0..<64).flatMap { _ in megabytes }  // 1 GiB, 64 gzip members
        #expect(bomb.count < 2 << 20)

        let answer = try bench.client().post("/v1/b", bomb, headers: [("Content-Encoding", "gzip")])

        try expectRefusal(answer, 413, bench)
        #expect(bench.collector.statistics.bytesInflated == 0)
    }

    @Test(arguments: [
        "/", "/v1", "/v1/b/", "/v1/x", "/webhooks", "/v1/projects//settings",
        "/v1/projects/a/b/settings",
    ])
    func answers404ToAnUnknownPath(path: String) throws {
        let bench = try Workbench()
        try expectRefusal(bench.client().post(path, "{}"), 404, bench)
    }

    @Test func answers405ToAnotherMethodAndSaysWhichIsTaken() throws {
        let posting = try Workbench()
        let got = try posting.client().get("/v1/b")
        #expect(got.headers["allow"] == "POST")
        try expectRefusal(got, 405, posting)

        let getting = try Workbench()
        let posted = try getting.client().post("/v1/projects/k/settings", "{}")
        #expect(posted.headers["allow"] == "GET")
        try expectRefusal(posted, 405, getting)
    }

    @Test(arguments: [#"{"batch":[{}],"writeKey":"other"}"#, #"{"batch":[{}]}"#, #"{"batch":[{}],"writeKey":7}"#])
    func answers401ToAnotherWriteKeyOrNone(body: String) throws {
        let bench = try Workbench { $0.writeKey = "mine" }
        try expectRefusal(bench.client().post("/v1/b", body), 401, bench)
    }

    @Test func answers401ToTheSettingsOfAnotherKey() throws {
        let bench = try Workbench { $0.writeKey = "mine" }
        try expectRefusal(bench.client().get("/v1/projects/other/settings"), 401, bench)
        #expect(try bench.client().get("/v1/projects/mine/settings").status == 200)
    }

    @Test func takesTheWriteKeyFromBasicAuthorization() throws {
        let bench = try Workbench { $0.writeKey = "mine" }
        let client = try bench.client()

        let right = try client.post("/v1/b", #"{"batch":[{}]}"#, headers: [("Authorization", "Basic bWluZTo=")])
        let wrong = try client.post("/v1/b", #"{"batch":[{}]}"#, headers: [("Authorization", "Basic b3RoZXI6")])

        #expect(right.status == 200)
        #expect(wrong.status == 401)
        #expect(bench.recorder.batches.map(\.writeKey) == ["mine"])
    }

    @Test func answers500AndTakesNothingWhenTheFileCannotBeWritten() throws {
        let bench = try Workbench { $0.output = "/dev/full" }

        let answer = try bench.client().post("/v1/b", #"{"batch":[{"a":1}]}"#)

        try expectRefusal(answer, 500, bench)
        #expect(answer.body.contains("No space left on device"))
    }
}
