// SPDX-License-Identifier: MIT
import FootfallJSON
import Glibc
import func TestSupport.poll
import Testing

@testable import FootfallCollector

/// What a client has to expect of servers and of what stands between.
@Suite struct MisbehaviourTests {
    @Test func stopsThoughARequestIsNeverAnswered() throws {
        let bench = try Workbench { $0.answer = { _, number in number == 1 ? .neverAnswer : .accept } }
        let silent = try bench.client()
        try silent.sendHead("POST", "/v1/t", [("Content-Length", "2")])
        try silent.send(Array("{}".utf8))
        // Others are served meanwhile.
        #expect(poll { bench.collector.statistics.requests == 1 })
        #expect(try bench.client().post("/v1/t", #"{"n":2}"#).status == 200)
        #expect(try bench.output == "{\"type\":\"track\",\"n\":2}\n")
        #expect(bench.collector.statistics.rejected == 1)
        bench.collector.stop()
        #expect(silent.isClosed())
        #expect(bench.collector.statistics.requests == 2, "it is not counted again")
    }

    @Test func answersSlowlyAndServesOthersMeanwhile() throws {
        let bench = try Workbench {
            $0.answer = { _, number in
                number == 1 ? .slowly(bytesPerSecond: 100, body: "0123456789abcdefghij") : .accept
            }
        }
        let slow = try bench.client()
        var before = timespec()
        clock_gettime(CLOCK_MONOTONIC, &before)
        try slow.sendHead("POST", "/v1/t", [("Content-Length", "2")])
        try slow.send(Array("{}".utf8))
        #expect(poll { bench.collector.statistics.requests == 1 })
        #expect(try bench.client().post("/v1/t", "{}").status == 200)
        let answer = try slow.readAnswer()
        var after = timespec()
        clock_gettime(CLOCK_MONOTONIC, &after)
        #expect(answer.status == 200 && answer.body == "0123456789abcdefghij")
        let milliseconds = (after.tv_sec - before.tv_sec) * 1_000 + (after.tv_nsec - before.tv_nsec) / 1_000_000
        #expect(milliseconds >= 90, "two pieces of ten bytes, a tenth of a second apart: \(milliseconds)")
    }

    @Test func stopsInTheMiddleOfASlowAnswer() throws {
        let bench = try Workbench { $0.answer = { _, _ in .slowly(bytesPerSecond: 1) } }
        let client = try bench.client()
        try client.sendHead("POST", "/v1/t", [("Content-Length", "2")])
        try client.send(Array("{}".utf8))
        #expect(poll { bench.collector.statistics.requests == 1 })
        bench.collector.stop()
        #expect(throws: HTTPClient.Failure.self) { try client.readAnswer() }
    }

    @Test func closesAfterHalfOfTheAnswer() throws {
        let bench = try Workbench { $0.answer = { _, number in number == 1 ? .closeInTheMiddle() : .accept } }
        let client = try bench.client()
        #expect(throws: HTTPClient.Failure.self) { try client.post("/v1/t", "{}") }
        #expect(try bench.output.isEmpty)
        #expect(try bench.client().post("/v1/t", "{}").status == 200)
    }

    @Test func sendsAHugeBody() throws {
        let bench = try Workbench { $0.answer = { _, _ in .huge(bytes: 3_000_000) } }
        let answer = try bench.client().post("/v1/t", "{}")
        #expect(answer.status == 200)
        #expect(answer.body.utf8.count == 3_000_000)
        #expect(try bench.output.isEmpty)
    }

    @Test func pretendsToBeAPortalARedirectOrAnotherServer() throws {
        let bench = try Workbench {
            $0.answer = { _, number in
                switch number {
                case 1: .portal
                case 2: .redirect(to: "http://127.0.0.1:9/login")
                default: .wrongShape
                }
            }
        }
        let client = try bench.client()
        let portal = try client.post("/v1/b", "{}")
        #expect(portal.status == 200 && portal.headers["content-type"] == "text/html")
        let redirect = try client.post("/v1/b", "{}")
        #expect(redirect.status == 302 && redirect.headers["location"] == "http://127.0.0.1:9/login")
        let wrong = try client.post("/v1/b", "{}")
        #expect(wrong.status == 200 && wrong.body == #"{"success":false,"ok":1}"#)
        #expect(try bench.output.isEmpty)
    }

    @Test func refusesABatchWithAnEventThatItIsToldToRefuse() throws {
        let bench = try Workbench {
            $0.refuses = { String(decoding: $0, as: UTF8.self).contains("bad") }
            $0.refusalStatus = 413
        }
        let client = try bench.client()
        let answer = try client.post("/v1/b", #"{"batch":[{"event":"good"},{"event":"bad"}]}"#)
        #expect(answer.status == 413 && answer.body.contains("refused"))
        #expect(try bench.output.isEmpty)
        #expect(bench.collector.statistics.rejected == 1)
        #expect(try client.post("/v1/b", #"{"batch":[{"event":"good"}]}"#).status == 200)
        #expect(try bench.output.contains("good"))
    }

    @Test func countsEachMessageIdThatItTakes() throws {
        let bench = try Workbench {
            $0.keepsLedger = true
            $0.answer = { _, number in number == 3 ? .status(503) : .accept }
        }
        let client = try bench.client()
        let batch = #"{"batch":[{"a":{"messageId":"no"},"messageId":"one"},{"messageId":"t\u0077o"},{"event":"none"}]}"#
        for _ in 0..<2 { #expect(try client.post("/v1/b", batch).status == 200) }
        #expect(try client.post("/v1/b", batch).status == 503)
        #expect(try client.post("/v1/t", #"{"messageId":"one"}"#).status == 200)
        #expect(try client.post("/webhook", #"[{"messageId":"three"}]"#).status == 200)
        #expect(bench.collector.ledger == ["one": 3, "two": 2, "three": 1])
        #expect(try Workbench().collector.ledger.isEmpty)
    }
}
