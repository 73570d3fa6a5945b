// SPDX-License-Identifier: MIT
import FootfallJSON
import Testing

@testable import FootfallCollector

@Suite struct AnswerTests {
    @Test func answersWhatTheTestAsksForAndRecordsNothing() throws {
        let bench = try Workbench {
            $0.answer = { _, number in
                switch number {
                case 1: .status(503, headers: [("Retry-After", "7")])
                case 2: .status(429, headers: [("Retry-After", "1"), ("X-Why", "rate")], body: "slow down")
                case 3: .status(200, headers: [("Content-Type", "text/html")], body: "<html>portal</html>")
                default: .accept
                }
            }
        }
        let client = try bench.client()

        let answers = try (0..<4).map { try client.post("/v1/t", #"{"n":\#($0)}"#) }

        #expect(answers.map(\.status) == [503, 429, 200, 200])
        #expect(answers[0].headers["retry-after"] == "7")
        #expect(answers[1].headers["x-why"] == "rate")
        #expect(answers[1].body == "slow down")
        #expect(answers[2].body == "<html>portal</html>")
        #expect(try bench.output == "{\"type\":\"track\",\"n\":3}\n")
        let statistics = bench.collector.statistics
        #expect(statistics.requests == 4)
        #expect(statistics.events == 1)
        #expect(statistics.rejected == 2)
    }

    @Test func tellsThePathAndCountsEveryRequest() throws {
        let asked = Guarded<[String]>([])
        let bench = try Workbench {
            $0.answer = { path, number in
                asked.withLock { $0.append("\(number) \(path)") }
                return .accept
            }
        }
        let client = try bench.client()

        _ = try client.get("/v1/projects/k/settings")
        _ = try client.post("/v1/b", "bad")
        _ = try client.post("/nowhere", "")

        #expect(asked.withLock { $0 } == ["1 /v1/projects/k/settings", "2 /v1/b", "3 /nowhere"])
    }

    @Test func closesWithoutAnAnswer() throws {
        let bench = try Workbench { $0.answer = { _, number in number == 1 ? .closeWithoutAnswer : .accept } }
        let client = try bench.client()

        #expect(throws: HTTPClient.Failure.self) { try client.post("/v1/t", "{}") }
        #expect(try bench.output.isEmpty)
        #expect(bench.collector.statistics.rejected == 1)

        #expect(try bench.client().post("/v1/t", "{}").status == 200)
    }

    @Test func closesInsteadOfAnsweringAStatusThatIsNone() throws {
        let bench = try Workbench { $0.answer = { _, _ in .status(-1) } }
        #expect(throws: HTTPClient.Failure.self) { try bench.client().get("/v1/b") }
    }
}
