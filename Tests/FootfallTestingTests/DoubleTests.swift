// SPDX-License-Identifier: MIT
import Footfall
import FootfallTesting
import Glibc
import Testing

/// What an author's tests are given: a client, a clock, a destination and a transport.
@Suite struct DoubleTests {
    @Test func aScratchClientGivesWhatWasDeliveredInOrder() {
        let client = ScratchClient()
        for name in ["A", "B", "C"] { client.analytics.track(name: name) }
        #expect(client.delivered().map { $0["event"] } == ["A", "B", "C"])
        client.analytics.track(name: "D")
        #expect(client.delivered().map { $0["event"] } == ["A", "B", "C", "D"])
        #expect(client.errors == [])
    }

    @Test func aScratchClientLeavesNoFile() {
        var client: ScratchClient? = ScratchClient()
        client?.analytics.track(name: "A")
        let path = client?.analytics.configuration.stateDirectory ?? "?"
        #expect(client?.delivered().count == 1)
        #expect(access(path, F_OK) == 0)
        client = nil
        #expect(access(path, F_OK) != 0)
    }

    @Test func twoScratchClientsHaveNothingInCommon() {
        let one = ScratchClient()
        let other = ScratchClient()
        one.analytics.identify(userId: "ada")
        #expect(other.analytics.userId == nil)
        #expect(other.analytics.anonymousId != one.analytics.anonymousId)
    }

    @Test func aClockIsTurnedByHand() {
        let client = ScratchClient()
        client.analytics.track(name: "A")
        client.clock.advance(.seconds(60))
        client.analytics.track(name: "B")
        #expect(
            client.delivered().map { $0["timestamp"] } == ["2023-11-14T22:13:20.000Z", "2023-11-14T22:14:20.000Z"])
        client.clock.step(.seconds(-3_600))
        #expect(client.clock.now == Timestamp(milliseconds: 1_699_996_460_000))
    }

    @Test func whatIsDueIsDelivered() {
        let client = ScratchClient(plugins: [Alarm()])
        client.analytics.track(name: "A")
        #expect(client.delivered().map { $0["event"] } == ["A"])
        client.clock.advance(.seconds(60))
        #expect(client.delivered().map { $0["event"] } == ["A", "Rang"])
    }

    /// Flushes until all is delivered. A flush that is this short makes one attempt, since the next
    /// is due in a second at the earliest.
    private func deliver(_ client: ScratchClient) -> [String] {
        var problems: [String] = []
        for _ in 0..<100 {
            let report = client.analytics.flush(timeout: .milliseconds(500))
            if report.isDelivered { return problems }
            problems += report.problems
            client.clock.advance(.seconds(10))
        }
        return problems + ["it was not delivered"]
    }

    @Test func aTransportAnswersAsTheTestSays() {
        let transport = FaultyTransport([.noConnection, .status(503), .lostAnswer])
        let client = ScratchClient(plugins: [Posting()], transport: transport)
        client.analytics.track(name: "A")
        // An attempt between two flushes is in no report.
        let problems = deliver(client)
        let meant = ["the simulated server cannot be reached", "503", "was lost"]
        #expect(!problems.isEmpty && problems.allSatisfy { problem in meant.contains { problem.contains($0) } })
        #expect(transport.requests.count == 3)
        #expect(Set(transport.requests.map(\.body)).count == 1, "a repeated batch has the same bytes")
        #expect(transport.requests.map { $0.headers.first { $0.name == "X-Retry-Count" }?.value } == ["1", "2", "3"])
        #expect(transport.requests.allSatisfy { $0.headers.contains { $0.name == "User-Agent" } })
    }

    @Test func waitsForTheTimeThatTheServerNames() {
        let transport = FaultyTransport([.status(429, retryAfter: .seconds(60))])
        let client = ScratchClient(plugins: [Posting()], transport: transport)
        client.analytics.track(name: "A")
        for _ in 0..<2 {
            let report = client.analytics.flush(timeout: .seconds(10))
            #expect(!report.isDelivered)
            #expect(report.nextAttempt.map { $0 >= client.clock.now } == true)
        }
        #expect(transport.requests.count == 1)
        // A tenth is added, so that not all devices come back at once.
        client.clock.advance(.seconds(67))
        #expect(client.analytics.flush(timeout: .seconds(10)).isDelivered)
        #expect(transport.requests.count == 2)
    }
}

/// Makes an event a minute after it was added.
private final class Alarm: TimerPlugin {
    let type = PluginType.utility
    var nextTime = Int64.max
    func configure(analytics: Analytics) { nextTime = analytics.configuration.clock.boot() + 60_000_000_000 }
    func timeReached(at moment: Moment) -> [Event] {
        nextTime = .max
        return [Event(name: "Rang", at: moment)]
    }
}

private final class Posting: DestinationPlugin {
    let key = "Posting"
    let name = "posting"
    let timeline = Timeline()
    let usesHooks = false
    func makeDelivery() -> (any Delivery)? { PostingDelivery() }
}

private struct PostingDelivery: Delivery {
    let limits = BatchLimits.segment
    let address: String? = "https://example.com/events"
    func begin(_ batch: DeliveryBatch, _ attempt: DeliveryAttempt) -> DeliveryStep {
        .request(
            DeliveryRequest(
                url: "https://example.com/events", headers: attempt.headers, body: batch.joined(separator: "\n")))
    }
}
