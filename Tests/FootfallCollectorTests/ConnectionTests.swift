// SPDX-License-Identifier: MIT
import FootfallJSON
import func TestSupport.onThreads
import Testing

@testable import FootfallCollector

@Suite struct ConnectionTests {
    @Test func keepsAConnectionForFurtherRequests() throws {
        let bench = try Workbench()
        let client = try bench.client()

        #expect(try client.post("/v1/t", #"{"a":1}"#).body == success)
        #expect(try client.post("/v1/t", "nonsense").status == 400)
        #expect(try client.post("/nowhere", "{}").status == 404)
        #expect(try client.postGzip("/v1/t", #"{"a":2}"#).body == success)

        #expect(try bench.output == "{\"type\":\"track\",\"a\":1}\n{\"type\":\"track\",\"a\":2}\n")
        #expect(bench.recorder.batches.map(\.requestNumber) == [1, 4])
    }

    @Test func asksForABodyThatWaitsFor100Continue() throws {
        let bench = try Workbench()
        let client = try bench.client()
        let body = #"{"batch":[{"a":1}]}"#

        try client.sendHead("POST", "/v1/b", [("Expect", "100-continue"), ("Content-Length", "\(body.utf8.count)")])
        #expect(try client.readAnswer().status == 100)
        try client.send(Array(body.utf8))

        #expect(try client.readAnswer().body == success)
    }

    @Test func refusesATooLargeBodyBeforeItIsSent() throws {
        let bench = try Workbench()
        let client = try bench.client()

        try client.sendHead("POST", "/v1/b", [("Expect", "100-continue"), ("Content-Length", "999999999999")])

        #expect(try client.readAnswer().status == 413)
        #expect(client.isClosed())
        #expect(bench.collector.statistics.rejected == 1)
    }

    @Test func takesAChunkedBody() throws {
        let bench = try Workbench()
        let client = try bench.client()

        try client.sendHead("POST", "/v1/t", [("Transfer-Encoding", "chunked")])
        try client.send(Array("4\r\n{\"a\"\r\n3\r\n:1}\r\n0\r\n\r\n".utf8))

        #expect(try client.readAnswer().body == success)
        #expect(try bench.output == "{\"type\":\"track\",\"a\":1}\n")
    }

    @Test func takesNothingOfABodyThatDoesNotArriveWhole() throws {
        let bench = try Workbench()
        do {
            let client = try bench.client()
            try client.sendHead("POST", "/v1/t", [("Content-Length", "100")])
            try client.send(Array(#"{"a":1}"#.utf8))
        }
        bench.collector.stop()
        #expect(try bench.output.isEmpty)
        #expect(bench.collector.statistics.events == 0)
    }

    @Test(arguments: [1, 2])
    func takesFromTwoThreadsAtOnceWithoutMixingLines(threads: Int) throws {
        let bench = try Workbench { $0.threads = threads }
        let port = bench.collector.port
        let post: @Sendable (String) -> Void = { name in
            // A request that fails is missing in the output, which is checked.
            guard let client = try? HTTPClient(port: port) else { return }
            for number in 0..<50 {
                let events = (0..<20).map { #"{"who":"\#(name)","batch":\#(number),"index":\#($0)}"# }
                _ = try? client.postGzip("/v1/b", #"{"batch":[\#(events.joined(separator: ","))]}"#)
            }
        }

        onThreads(2) { post($0 == 0 ? "one" : "two") }

        #expect(bench.collector.statistics.events == 2_000)
        let lines = try bench.output.split(separator: "\n")
        for name in ["one", "two"] {
            let expected = (0..<50).flatMap { number in
                (0..<20).map { #"{"who":"\#(name)","batch":\#(number),"index":\#($0)}"# }
            }
            #expect(lines.filter { $0.contains(name) }.map(String.init) == expected)
        }
    }

    @Test func stopsTwiceAndTakesNothingThen() throws {
        let bench = try Workbench()
        bench.collector.stop()
        bench.collector.stop()
        #expect(throws: HTTPClient.Failure.self) { try bench.client().get("/v1/b") }
    }

    @Test func mayBeStoppedInsideACallback() throws {
        let holder = Guarded<Collector?>(nil)
        let collector = try Collector(CollectorConfiguration()) { _ in holder.withLock { $0 }?.stop() }
        holder.withLock { $0 = collector }

        let client = try HTTPClient(port: collector.port)
        // The answer may get lost with the connection; the end is what counts.
        _ = try? client.post("/v1/t", "{}")

        #expect(client.isClosed())
        #expect(collector.statistics.events == 1)
        holder.withLock { $0 = nil }
    }
}
