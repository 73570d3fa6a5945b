// SPDX-License-Identifier: MIT
import Footfall
import FootfallCollector
import TestSupport
import Testing

@testable import SegmentDestination

@Suite struct SegmentDestinationTests {
    let directory = TemporaryDirectory()

    private func makeRequest(
        _ bodies: [String], retryCount: Int = 0, writeKey: String = "KEY", isCompressed: Bool = true
    ) throws -> DeliveryRequest {
        let delivery = SegmentDelivery(endpoint: "https://e/v1/b", writeKey: writeKey, isCompressed: isCompressed)
        let attempt = DeliveryAttempt(sentAt: Timestamp(milliseconds: 1_700_000_000_123), retryCount: retryCount)
        guard case .request(let request) = delivery.begin(DeliveryBatch(bodies: bodies), attempt) else {
            throw TestFailure()
        }
        return request
    }

    private struct TestFailure: Error {}

    private func outcome(_ status: Int, _ body: String, _ headers: [(name: String, value: String)] = []) -> String {
        let delivery = SegmentDelivery(endpoint: "https://e/v1/b", writeKey: "KEY", isCompressed: true)
        let response = DeliveryResponse(status: status, headers: headers, body: Array(body.utf8))
        switch delivery.outcome(of: response) {
        case .accepted: return "accepted"
        case .refused, .partial: return "refused"
        case .retry: return "retry"
        case .blocked: return "blocked"
        }
    }

    // MARK: - The request

    @Test func makesTheBatchCallToTheByte() throws {
        let request = try makeRequest([#"{"type":"track","event":"A"}"#, #"{"type":"track","event":"B"}"#])
        #expect(
            String(decoding: request.body, as: UTF8.self)
                == #"{"batch":[{"type":"track","event":"A"},{"type":"track","event":"B"}],"sentAt":"2023-11-14T22:13:20.123Z","writeKey":"KEY"}"#
        )
        #expect(request.url == "https://e/v1/b")
        #expect(request.isCompressed)
        #expect(
            request.headers.map { "\($0.name): \($0.value)" }
                == ["Content-Type: application/json; charset=utf-8", "Authorization: Basic S0VZOg=="])
    }

    @Test func saysHowOftenItTriedOnRetriesOnly() throws {
        #expect(try makeRequest(["{}"]).headers.contains { $0.name == "X-Retry-Count" } == false)
        #expect(
            try makeRequest(["{}"], retryCount: 3).headers.last.map { "\($0.name): \($0.value)" } == "X-Retry-Count: 3")
    }

    @Test func escapesTheWriteKeyInTheBody() throws {
        let body = try JSONParser.parse(String(decoding: makeRequest(["{}"], writeKey: "a\"b\n").body, as: UTF8.self))
        #expect(body.objectValue?["writeKey"] == "a\"b\n")
    }

    // MARK: - The answer

    @Test func takesOnlySegmentsOwnSuccess() {
        #expect(outcome(200, #"{"success": true}"#) == "accepted")
        #expect(outcome(200, #"{"success":true,"more":1}"#) == "accepted")
        for body in [
            "", "{}", #"{"success":false}"#, #"{"success":"true"}"#, "true", "<html>Welcome to the hotel</html>", "[]",
        ] {
            #expect(outcome(200, body) == "blocked", "\(body)")
        }
        #expect(outcome(204, "") == "blocked")
        #expect(outcome(302, "") == "blocked")
        #expect(outcome(400, #"{"success":false}"#) == "refused")
        #expect(outcome(401, "") == "blocked")
        #expect(outcome(500, #"{"success": true}"#) == "retry")
    }

    @Test func quotesWhatAPortalAnswered() {
        let delivery = SegmentDelivery(endpoint: "", writeKey: "", isCompressed: true)
        let response = DeliveryResponse(status: 200, body: Array("<html>\nLog in".utf8))
        guard case .blocked(let why) = delivery.outcome(of: response) else {
            Issue.record("not blocked")
            return
        }
        #expect(why.contains("<html> Log in"))
    }

    // MARK: - Over the wire

    @Test(arguments: [true, false]) func deliversToACollector(isCompressed: Bool) throws {
        let collector = try TestCollector()
        let analytics = Analytics(configuration: .test(directory))
        analytics.add(plugin: SegmentDestination(endpoint: "\(collector.url)/v1/b", isCompressed: isCompressed))
        for number in Int64(0)..<100 { analytics.track(name: "A", properties: ["n": .int(number)]) }
        let report = analytics.flush(timeout: .seconds(10))

        #expect(report.delivered == 100)
        #expect(report.queued == 0)
        let batch = try #require(collector.batches.first)
        #expect(collector.batches.count == 1)
        #expect(batch.isGzip == isCompressed)
        #expect(batch.endpoint == .batch)
        #expect(batch.writeKey == "KEY")
        #expect(batch.sentAt.flatMap { Timestamp($0) } != nil)
        #expect(
            try batch.events().compactMap { $0.objectValue?["properties"]?.objectValue?["n"]?.intValue }
                == Array(0..<100))
        #expect(analytics.close())
        let counters = analytics.counters
        #expect(counters.batches == 1)
        #expect(counters.bytesBeforeCompression == Int64(batch.inflatedBytes))
        #expect(counters.bytesSent == Int64(batch.wireBytes))
    }

    @Test func sendsTheSameEventsAgainWithANewSentAt() throws {
        let time = TestClock()
        let collector = try TestCollector { $0.answer = { _, number in number == 1 ? .status(403) : .accept } }
        let analytics = Analytics(configuration: .test(directory, time))
        analytics.add(plugin: SegmentDestination(endpoint: "\(collector.url)/v1/b"))
        analytics.track(name: "A")
        let first = analytics.flush(timeout: .seconds(10))
        #expect(first.isBlocked)
        #expect(first.problems == ["segment: the server answered 403"])
        time.advance(.seconds(10_800))
        #expect(analytics.flush(timeout: .seconds(10)).delivered == 1)
        #expect(collector.batches.first?.sentAt == "2023-11-15T01:13:20.000Z")
        #expect(collector.batches.first?.text(at: 0).contains(#""timestamp":"2023-11-14T22:13:20.000Z""#) == true)
        #expect(analytics.close())
    }

    @Test func keepsEventsBehindACaptivePortal() throws {
        var settings = CollectorConfiguration()
        settings.answer = { _, number in
            number == 1
                ? .status(200, headers: [("Content-Type", "text/html")], body: "<html>Pay here</html>") : .accept
        }
        let collector = try Collector(settings)
        let analytics = Analytics(configuration: .test(directory))
        analytics.add(plugin: SegmentDestination(endpoint: "\(collector.url)/v1/b"))
        analytics.track(name: "A")
        let report = analytics.flush(timeout: .seconds(10))
        #expect(report.isBlocked)
        #expect(report.queued == 1)
        #expect(try lawHolds(directory))
        #expect(analytics.flush(timeout: .seconds(10)).delivered == 1)
        #expect(analytics.close())
        collector.stop()
    }

    @Test func keepsEventsWhenTheConnectionIsClosedWithoutAnAnswer() throws {
        let asked = Signal()
        let isFlushed = Signal()
        var settings = CollectorConfiguration()
        settings.answer = { _, number in
            asked.raise()
            guard number == 1 else { return .accept }
            return isFlushed.wait() ? .closeWithoutAnswer : .accept
        }
        let batches = Guarded(0)
        let collector = try Collector(settings) { batch in batches.read { $0 += batch.count } }
        let analytics = Analytics(configuration: .test(directory))
        analytics.add(plugin: SegmentDestination(endpoint: "\(collector.url)/v1/b"))
        analytics.track(name: "A")
        #expect(analytics.store(timeout: .seconds(5)) == nil)
        analytics.flush()
        #expect(asked.wait())
        // What is asked for while a request is under way is more than that request.
        analytics.flush()
        #expect(analytics.store(timeout: .seconds(5)) == nil)
        isFlushed.raise()
        #expect(asked.wait(), "it is tried again at once, not after a delay")
        #expect(analytics.flush(timeout: .seconds(10)).queued == 0)
        #expect(batches.current == 1)
        #expect(analytics.close())
        collector.stop()
    }

    // MARK: - Configuration

    private func destination(_ text: String, writeKey: String = "TOP") throws -> SegmentDestination {
        let file = try ConfigurationFile(bytes: Array("{\"destinations\": [\n\(text)\n]}".utf8), name: "f.json")
        return try SegmentDestination(#require(file.destinations?.first), writeKey: writeKey)
    }

    private func problem(_ text: String, writeKey: String = "TOP") -> String? {
        #expect(throws: ConfigurationError.self) { try destination(text, writeKey: writeKey) }?.description
    }

    private func url(_ destination: SegmentDestination) -> String? {
        guard
            case .request(let request)? = destination.makeDelivery()?.begin(
                DeliveryBatch(bodies: ["{}"]), DeliveryAttempt(sentAt: Timestamp(milliseconds: 0), retryCount: 0))
        else { return nil }
        return request.url + (request.isCompressed ? " gzip " : " plain ")
            + (request.headers.first { $0.name == "Authorization" }?.value ?? "")
    }

    @Test func readsItsKeys() throws {
        let plain = try destination(#"{"type": "segment"}"#)
        #expect(plain.name == "segment")
        #expect(plain.key == "Segment.io")
        #expect(url(plain) == "https://api.segment.io/v1/b gzip Basic VE9QOg==")
        let own = try destination(
            #"{"type": "segment", "name": "eu", "enabled": true, "endpoint": "http://127.0.0.1:8/v1/b", "writeKey": "OWN", "gzip": false}"#
        )
        #expect(own.name == "eu")
        #expect(url(own) == "http://127.0.0.1:8/v1/b plain Basic T1dOOg==")
    }

    @Test func namesTheLineOfWhatIsWrong() {
        #expect(
            problem("{\n\"type\": \"segment\",\n\"gzip\": 1}")
                == "f.json:4: destinations[0].gzip: it must be true or false, this is number")
        #expect(
            problem("{\n\"endpont\": \"x\"}")?.hasPrefix(
                "f.json:3: destinations[0].endpont: this key is not known here") == true)
        #expect(
            problem("{\"endpoint\": \"http://example.com\"}")?.hasPrefix(
                "f.json:2: destinations[0].endpoint: http://example.com: ") == true)
    }

    @Test func staysBlockedOnPlainHTTPToAnotherMachine() throws {
        let directory = TemporaryDirectory()
        let analytics = Analytics(configuration: .test(directory))
        analytics.add(plugin: SegmentDestination(endpoint: "http://192.0.2.1/v1/b"))
        analytics.track(name: "A")
        let report = analytics.flush(timeout: .seconds(20))
        #expect(report.isBlocked)
        #expect(report.queued == 1)
        #expect(report.problems.first?.contains("it must be an https:// address") == true)
        #expect(analytics.close())
    }

    @Test func needsAWriteKey() {
        for text in ["{}", #"{"writeKey": ""}"#, #"{"writeKey": " \n"}"#] {
            #expect(problem(text, writeKey: " ")?.contains("writeKey: a segment destination needs one") == true)
        }
        #expect(
            problem(#"{"writeKey": "a\nb"}"#)?.hasPrefix(
                "f.json:2: destinations[0].writeKey: it has a control character inside") == true)
    }

    @Test(arguments: [" OWN\r\n", "\u{FEFF}OWN"]) func trimsTheWriteKeyOfEitherPlace(_ key: String) throws {
        let json = JSON.string(key).text
        #expect(
            url(try destination(#"{"type": "segment", "writeKey": \#(json)}"#))?.hasSuffix(" Basic T1dOOg==") == true)
        #expect(url(try destination(#"{"type": "segment"}"#, writeKey: key))?.hasSuffix(" Basic T1dOOg==") == true)
    }

    /// A request without a key would be refused, or reach another source.
    @Test(arguments: ["", " \n", "a\nb"]) func sendsNothingWithoutAKeyAndKeepsTheEvents(_ key: String) throws {
        let collector = try TestCollector()
        let errors = ErrorLog()
        var configuration = Configuration.test(directory).errors(to: errors)
        configuration.writeKey = key
        let analytics = Analytics(configuration: configuration)
        analytics.add(plugin: SegmentDestination(endpoint: "\(collector.url)/v1/b", writeKey: " "))
        analytics.track(name: "A")
        let report = analytics.flush(timeout: .seconds(10))
        #expect(report.isBlocked && report.queued == 1)
        #expect(report.problems.first?.hasPrefix("segment: writeKey: it ") == true, "\(report.problems)")
        #expect(errors.codes.first == .invalidConfiguration)
        #expect(analytics.close())
        #expect(collector.batches.isEmpty)

        configuration.writeKey = "KEY\r\n"
        let next = Analytics(configuration: configuration)
        next.add(plugin: SegmentDestination(endpoint: "\(collector.url)/v1/b"))
        #expect(next.flush(timeout: .seconds(10)).delivered == 1)
        #expect(collector.batches.first?.writeKey == "KEY")
        #expect(next.close())
    }

    @Test func takesASuccessThatBeginsWithAByteOrderMark() {
        let delivery = SegmentDelivery(endpoint: "", writeKey: "KEY", isCompressed: true)
        let body = Array("\u{FEFF}{\"success\":true}".utf8)
        #expect(delivery.outcome(of: DeliveryResponse(status: 200, body: body)) == .accepted)
    }
}
