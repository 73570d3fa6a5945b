// SPDX-License-Identifier: MIT
import Footfall
import FootfallCollector
import TestSupport
import Testing

@testable import WebhookDestination

@Suite struct WebhookDestinationTests {
    let directory = TemporaryDirectory()

    private func makeRequest(
        _ format: WebhookDestination.Format, retryCount: Int = 0, headers: [(name: String, value: String)] = []
    ) -> DeliveryRequest? {
        let delivery = WebhookDelivery(endpoint: "https://e/", format: format, headers: headers, isCompressed: false)
        let attempt = DeliveryAttempt(sentAt: Timestamp(milliseconds: 0), retryCount: retryCount)
        guard case .request(let request) = delivery.begin(DeliveryBatch(bodies: [#"{"a":1}"#, #"{"b":2}"#]), attempt)
        else { return nil }
        return request
    }

    private func outcome(_ status: Int, type: String? = nil) -> String {
        let delivery = WebhookDelivery(endpoint: "https://e/", format: .array, headers: [], isCompressed: true)
        let response = DeliveryResponse(status: status, headers: type.map { [("content-type", $0)] } ?? [])
        switch delivery.outcome(of: response) {
        case .accepted: return "accepted"
        case .refused, .partial: return "refused"
        case .retry: return "retry"
        case .blocked: return "blocked"
        }
    }

    // MARK: - The request

    @Test func readsAHeaderFromAFile() throws {
        let path = try directory.write("TOKEN\n", to: "token")
        let destination = try WebhookDestination(
            ConfigurationObject([
                "endpoint": "https://e/",
                "headers": ["Authorization": ["file": .string(path), "prefix": "Bearer "], "X-Plain": "y"],
            ]))
        let delivery = try #require(destination.makeDelivery() as? WebhookDelivery)
        #expect(delivery.headers.map { "\($0.name): \($0.value)" } == ["Authorization: Bearer TOKEN", "X-Plain: y"])
    }

    @Test func writesAnArrayToTheByte() throws {
        let request = try #require(makeRequest(.array, headers: [("Authorization", "Bearer x")]))
        #expect(String(decoding: request.body, as: UTF8.self) == #"[{"a":1},{"b":2}]"#)
        #expect(
            request.headers.map { "\($0.name): \($0.value)" } == [
                "Authorization: Bearer x", "Content-Type: application/json; charset=utf-8",
            ])
        #expect(request.url == "https://e/")
    }

    /// A token that was read from a file ends in a newline.
    @Test func leavesOutWhiteSpaceAtTheEndsOfAHeadersValue() throws {
        let file = try ConfigurationFile(
            bytes: Array(
                #"{"destinations": [{"endpoint": "https://e/", "headers": {"Authorization": " Bearer x\r\n"}}]}"#.utf8),
            name: "f.json")
        let destinations = [
            WebhookDestination(endpoint: "https://e/", headers: [("Authorization", "Bearer x\n")]),
            try WebhookDestination(#require(file.destinations?.first)),
        ]
        for destination in destinations {
            let attempt = DeliveryAttempt(sentAt: Timestamp(milliseconds: 0), retryCount: 0)
            guard
                case .request(let request)? = destination.makeDelivery()?.begin(DeliveryBatch(bodies: ["{}"]), attempt)
            else {
                Issue.record("no request")
                return
            }
            #expect(request.headers.first { $0.name == "Authorization" }?.value == "Bearer x")
        }
    }

    @Test func writesALineAnEventToTheByte() throws {
        let request = try #require(makeRequest(.ndjson))
        #expect(String(decoding: request.body, as: UTF8.self) == "{\"a\":1}\n{\"b\":2}\n")
        #expect(
            request.headers.map { "\($0.name): \($0.value)" } == ["Content-Type: application/x-ndjson; charset=utf-8"])
    }

    @Test func saysHowOftenItTriedOnRetriesOnly() {
        #expect(makeRequest(.array)?.headers.contains { $0.name == "X-Retry-Count" } == false)
        #expect(makeRequest(.array, retryCount: 2)?.headers.last?.value == "2")
    }

    @Test func leavesTheContentTypeToItsOwner() {
        let types = makeRequest(.array, headers: [("content-type", "application/cloudevents-batch+json")])?.headers
            .filter { $0.name.lowercased() == "content-type" }
        #expect(types?.map(\.value) == ["application/cloudevents-batch+json"])
    }

    // MARK: - The answer

    @Test func takesEvery2xxThatIsNoPage() {
        for status in [200, 201, 202, 204] { #expect(outcome(status) == "accepted") }
        #expect(outcome(200, type: "application/json") == "accepted")
        for type in ["text/html", "text/html; charset=utf-8", "Text/HTML", "application/xhtml+xml"] {
            #expect(outcome(200, type: type) == "blocked", "\(type)")
        }
        #expect(outcome(503, type: "text/html") == "retry")
        #expect(outcome(400) == "refused")
        #expect(outcome(404) == "blocked")
        #expect(outcome(302, type: "text/html") == "blocked")
    }

    // MARK: - Over the wire

    @Test(arguments: [(WebhookDestination.Format.array, true), (.array, false), (.ndjson, true), (.ndjson, false)])
    func deliversToACollector(format: WebhookDestination.Format, isCompressed: Bool) throws {
        let collector = try TestCollector()
        let analytics = Analytics(configuration: .test(directory))
        analytics.add(
            plugin: WebhookDestination(
                name: "audit", endpoint: "\(collector.url)/webhook/x", format: format, isCompressed: isCompressed))
        for number in Int64(0)..<50 { analytics.track(name: "A", properties: ["n": .int(number)]) }
        analytics.track(name: "private", options: CallOptions(integrations: ["audit": false]))
        #expect(analytics.flush(timeout: .seconds(10)).delivered == 50)
        let batch = try #require(collector.batches.first)
        #expect(batch.path == "/webhook/x")
        #expect(batch.isGzip == isCompressed)
        #expect(
            try batch.events().compactMap { $0.objectValue?["properties"]?.objectValue?["n"]?.intValue }
                == Array(0..<50))
        #expect(analytics.close())
    }

    @Test func keepsEventsBehindACaptivePortal() throws {
        var settings = CollectorConfiguration()
        settings.answer = { _, _ in .status(200, headers: [("Content-Type", "text/html")], body: "<html>") }
        let collector = try Collector(settings)
        let analytics = Analytics(configuration: .test(directory))
        analytics.add(plugin: WebhookDestination(endpoint: "\(collector.url)/webhook"))
        analytics.track(name: "A")
        let report = analytics.flush(timeout: .seconds(10))
        #expect(report.isBlocked)
        #expect(report.queued == 1)
        #expect(report.problems.first?.contains("web page") == true)
        #expect(analytics.close())
        collector.stop()
    }

    @Test func theServersTimeIsKeptByAFlushOfTheNextProcess() throws {
        let asked = Guarded(0)
        var settings = CollectorConfiguration()
        settings.answer = { _, _ in
            asked.read { $0 += 1 }
            return .status(429, headers: [("Retry-After", "3600")])
        }
        let collector = try Collector(settings)
        let told = Signal()
        for round in 0..<3 {
            let analytics = Analytics(configuration: Configuration.test(directory).errorHandler { _ in told.raise() })
            analytics.add(plugin: WebhookDestination(endpoint: "\(collector.url)/webhook"))
            analytics.track(name: "A")
            if round == 0 {
                analytics.flush()
                #expect(told.wait(), "once the result is stored")
            } else {
                #expect(analytics.store(timeout: .seconds(5)) == nil)
                #expect(analytics.flush(timeout: .milliseconds(200)).delivered == 0)
            }
            #expect(analytics.close())
        }
        #expect(asked.current == 1)
        #expect(try lawHolds(directory))
        collector.stop()
    }

    // MARK: - Configuration

    private func destination(_ text: String) throws -> WebhookDestination {
        let file = try ConfigurationFile(bytes: Array("{\"destinations\": [\n\(text)\n]}".utf8), name: "f.json")
        return try WebhookDestination(#require(file.destinations?.first))
    }

    private func problem(_ text: String) -> String? {
        #expect(throws: ConfigurationError.self) { try destination(text) }?.description
    }

    @Test func readsItsKeys() throws {
        let plain = try destination(#"{"type": "webhook", "endpoint": "https://example.com/"}"#)
        #expect(plain.name == "webhook")
        #expect(plain.key == "webhook")
        let full = try destination(
            #"{"type":"webhook","name":"a","enabled":true,"endpoint":"http://example.com/","allowInsecure":true,"format":"ndjson","headers":{"X":"y"},"gzip":false}"#
        )
        let delivery = try #require(full.makeDelivery() as? WebhookDelivery)
        #expect(delivery.format == .ndjson)
        #expect(delivery.headers.map(\.name) == ["X"])
        #expect(!delivery.isCompressed)
        #expect(full.key == "a")
    }

    @Test func namesTheLineOfWhatIsWrong() {
        #expect(problem("{\n\"type\": \"webhook\"}") == "f.json: destinations[0].endpoint: it is missing")
        let begin = "{\"endpoint\": \"https://e/\",\n"
        #expect(
            problem("\(begin)\"format\": \"csv\"}")
                == "f.json:3: destinations[0].format: csv is neither array nor ndjson")
        #expect(
            problem("\(begin)\"headers\": {\"X\": 5}}")
                == "f.json:3: destinations[0].headers.X: it must be a text or an object, this is number")
        #expect(
            problem("\(begin)\"headers\": {\"X\": \"a\\r\\nY: b\"}}")?.hasPrefix("f.json:3: destinations[0].headers: ")
                == true)
        #expect(
            problem("\(begin)\"headers\": {\"\": \"a\"}}")?.hasPrefix("f.json:3: destinations[0].headers: ") == true)
        #expect(
            problem("\(begin)\"compress\": true}")?.hasPrefix(
                "f.json:3: destinations[0].compress: this key is not known") == true)
        #expect(
            problem("{\"endpoint\": \"http://example.com\"}")?.hasPrefix("f.json:2: destinations[0].endpoint: ") == true
        )
    }
}
