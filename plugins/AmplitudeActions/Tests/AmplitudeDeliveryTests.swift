// SPDX-License-Identifier: MIT
import Footfall
import FootfallCollector
import FootfallStore
import TestSupport
import Testing

@testable import AmplitudeActions

/// The destination against a server that answers as Amplitude does.
@Suite struct AmplitudeDeliveryTests {
    let directory = TemporaryDirectory()

    private func open(_ sink: TestCollector, _ change: (inout AmplitudeConfiguration) -> Void = { _ in }) -> Analytics {
        let analytics = Analytics(configuration: .test(directory))
        var configuration = AmplitudeConfiguration(
            settings: AmplitudeSettings(apiKey: "KEY", secretKey: "SECRET", baseURL: sink.url))
        change(&configuration)
        analytics.add(plugin: AmplitudeActions(configuration))
        return analytics
    }

    private func row() throws -> DestinationRow {
        try #require(try inspect(directory) { try $0.destinations.all().first })
    }

    @Test func deliversEventsInOneRequestWithTheirInsertIds() throws {
        let sink = try TestCollector()
        let analytics = open(sink)
        for number in 1...50 {
            analytics.track(name: "Badge Scanned", options: CallOptions(messageId: "m-\(number)", userId: "user-1"))
        }
        #expect(analytics.flush(timeout: .seconds(10)).isDelivered)
        #expect(sink.batches.map(\.path) == ["/2/httpapi"])
        #expect(try sink.events.compactMap { $0["insert_id"]?.stringValue } == (1...50).map { "m-\($0)" })
        #expect(try sink.events.allSatisfy { $0["event_type"] == "Badge Scanned" && $0["user_id"] == "user-1" })
        #expect(try sink.events.allSatisfy { $0["device_id"]?.stringValue == analytics.anonymousId })
        #expect(analytics.close())
    }

    @Test(arguments: ["", " ", "a\nb"]) func withoutAKeyNothingIsSentAndEventsAreKept(_ key: String) {
        let configuration = AmplitudeConfiguration(settings: AmplitudeSettings(apiKey: key))
        #expect(configuration.problems.count == 1)
        let delivery = AmplitudeDelivery(configuration)
        let attempt = DeliveryAttempt(sentAt: Timestamp(milliseconds: 0), retryCount: 0)
        guard case .finished(.blocked(let why)) = delivery.begin(DeliveryBatch(bodies: ["{}"]), attempt) else {
            Issue.record("it is not blocked")
            return
        }
        #expect(why.hasPrefix("apiKey: it "))
    }

    @Test func keepsTheOrderOfAUserBetweenEventsAndIdentifications() throws {
        let sink = try TestCollector()
        let analytics = open(sink)
        analytics.track(name: "First")
        analytics.identify(userId: "user-42", traits: ["plan": "guest"])
        analytics.track(name: "Second")
        #expect(analytics.flush(timeout: .seconds(10)).isDelivered)
        #expect(sink.batches.map(\.path) == ["/2/httpapi", "/identify", "/2/httpapi"])
        #expect(try row().delivered == 3)
        #expect(try lawHolds(directory))
        #expect(analytics.close())
    }

    @Test func sendsIdentificationsAsEventsWhenConfigured() throws {
        let sink = try TestCollector()
        let analytics = open(sink) { $0.sendsIdentifiesAsEvents = true }
        analytics.track(name: "First")
        analytics.identify(userId: "user-42", traits: ["plan": "guest"])
        analytics.track(name: "Second")
        #expect(analytics.flush(timeout: .seconds(10)).isDelivered)
        #expect(sink.batches.map(\.path) == ["/2/httpapi"])
        #expect(try sink.events.compactMap { $0["event_type"]?.stringValue } == ["First", "$identify", "Second"])
        #expect(analytics.close())
    }

    @Test func putsAsideWhatAmplitudeNamesAndSendsTheRestAgain() throws {
        let sink = try TestCollector {
            $0.answer = { _, number in
                number == 1
                    ? .status(
                        400, body: #"{"code":400,"error":"bad","events_with_invalid_fields":{"time":[1],"price":[3]}}"#)
                    : .accept
            }
        }
        let analytics = open(sink)
        for number in 0..<5 { analytics.track(name: "e\(number)", options: CallOptions(userId: "user-1")) }
        let report = analytics.flush(timeout: .seconds(10))
        #expect((report.delivered, report.deadLettered, report.queued) == (3, 2, 0))
        #expect(try sink.events.compactMap { $0["event_type"]?.stringValue } == ["e0", "e2", "e4"])
        let letters = try DeadLetters(.test(directory)).list()
        #expect(letters.count == 2)
        #expect(letters.first?.reason.contains("time") == true)
        #expect(try lawHolds(directory))
        #expect(analytics.close())
    }

    @Test func keepsItsEventsWhileTheKeyIsWrong() throws {
        let sink = try TestCollector {
            $0.answer = { _, _ in .status(400, body: #"{"code":400,"error":"Invalid API key: KEY"}"#) }
        }
        let analytics = open(sink)
        analytics.track(name: "A", options: CallOptions(userId: "user-1"))
        let report = analytics.flush(timeout: .seconds(10))
        #expect(report.queued == 1)
        #expect(report.isBlocked)
        #expect(try row().deadLettered == 0)
        #expect(analytics.close())
    }

    @Test func deliversWhatWasTakenThoughALaterRequestFails() throws {
        let sink = try TestCollector { $0.answer = { path, _ in path == "/identify" ? .status(503) : .accept } }
        let analytics = open(sink)
        analytics.track(name: "First")
        analytics.identify(userId: "user-42", traits: ["plan": "guest"])
        analytics.track(name: "Second")
        analytics.flush()
        _ = analytics.flush(timeout: .seconds(2))
        #expect(try sink.events.compactMap { $0["event_type"]?.stringValue } == ["First"], "once")
        let row = try row()
        #expect((row.delivered, row.queued) == (1, 2))
        #expect(try lawHolds(directory))
        #expect(analytics.close())
    }

    @Test func dropsUnmappedEventsAndDeadLettersWhatAmplitudeWouldRefuse() throws {
        let sink = try TestCollector()
        let analytics = open(sink)
        analytics.group(groupId: "acme")
        analytics.track(
            name: "Nobody", options: CallOptions(anonymousId: "x", userId: "0"))
        analytics.track(name: "Good", options: CallOptions(userId: "user-1"))
        let report = analytics.flush(timeout: .seconds(10))
        #expect(report.queued == 0)
        #expect(try sink.events.compactMap { $0["event_type"]?.stringValue } == ["Good"])
        let row = try row()
        #expect((row.delivered, row.dropped, row.deadLettered) == (1, 1, 1))
        #expect(try lawHolds(directory))
        #expect(analytics.close())
    }

    @Test func asksForTheDeletionOfAUser() throws {
        let sink = try TestCollector()
        let analytics = open(sink)
        analytics.identify(userId: "user-42")
        #expect(analytics.flush(timeout: .seconds(10)).isDelivered)
        analytics.forget()
        #expect(analytics.flush(timeout: .seconds(10)).isDelivered)
        #expect(sink.batches.map(\.path).last == "/api/2/deletions/users")
        #expect(try sink.events.last?["user_ids"] == ["user-42"])
        #expect(analytics.close())
    }
}
