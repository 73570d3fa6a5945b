// SPDX-License-Identifier: MIT
import FootfallCollector
import TestSupport
import Testing

@testable import Footfall

/// A host or a test replaces what delivers the events of any destination.
@Suite struct ReplacedDeliveryTests: DeliveryBench {
    let directory = TemporaryDirectory()

    @Test func anotherDeliveryGetsTheEvents() {
        let (own, other) = (RecordingDelivery(), RecordingDelivery(limits: BatchLimits(events: 2, bytes: 100_000)))
        let made = Guarded(0)
        let destination = RecordingDestination(own)
        destination.replaceDelivery { given in
            made.read { $0 += 1 }
            return given is RecordingDelivery ? other : given
        }
        let analytics = Analytics(configuration: .test(directory), plugins: [destination])
        track(analytics, 1...3)
        #expect(analytics.flush(timeout: .seconds(10)).isDelivered)
        #expect(own.bodies.isEmpty)
        #expect(other.batches == [2, 1])
        #expect(made.current == 1, "it is made once")
        #expect(analytics.close())
    }

    @Test func aSecondReplacementWrapsTheFirst() {
        let order = Guarded<[String]>([])
        let delivery = RecordingDelivery()
        let destination = RecordingDestination(delivery)
        for name in ["one", "two"] {
            destination.replaceDelivery { own in
                order.read { $0.append(name) }
                return Counting(own, order, name)
            }
        }
        let analytics = Analytics(configuration: .test(directory), plugins: [destination])
        analytics.track(name: "A")
        #expect(analytics.flush(timeout: .seconds(10)).isDelivered)
        #expect(order.current == ["one", "two", "two:begin", "one:begin"])
        #expect(delivery.names == ["A"])
        #expect(analytics.close())
    }

    @Test func aDestinationThatDeliversByItselfStaysAsItIs() {
        let destination = Hook()
        destination.replaceDelivery { _ in RecordingDelivery() }
        #expect(destination.chosenDelivery == nil)
    }

    @Test func requestsAreChangedOnTheirWay() throws {
        var settings = CollectorConfiguration()
        settings.validatesEvents = false
        let collector = try Collector(settings)
        defer { collector.stop() }
        let destination = PostingDestination(url: "https://unreachable.invalid/webhook")
        let url = "\(collector.url)/webhook"
        let seen = Guarded<[String]>([])
        destination.replaceDelivery { own in
            let changed = own.changingRequests { request in
                request.url = url
                request.headers.append((name: "X-Device", value: "kiosk-7"))
                request.isCompressed = false
            }
            seen.read { $0.append("\(own.address ?? "-") \(changed.address ?? "-")") }
            return changed
        }
        let analytics = Analytics(configuration: .test(directory), plugins: [destination])
        analytics.track(name: "A")
        #expect(analytics.flush(timeout: .seconds(10)).isDelivered)
        #expect(collector.statistics.events == 1)
        #expect(seen.current == ["https://unreachable.invalid/webhook \(url)"], "the time is asked of the new host")
        #expect(analytics.close())
    }

    @Test func everyRequestOfAPlanIsChanged() {
        let part = DeliveryPlan.Part(request: DeliveryRequest(url: "https://a/", body: []), places: [0]) { _ in nil }
        let changed = Planning(DeliveryPlan(parts: [part, part])).changingRequests { $0.url += "changed" }
        let attempt = DeliveryAttempt(sentAt: Timestamp(milliseconds: 0), retryCount: 0)
        guard case .plan(let plan) = changed.begin(DeliveryBatch(bodies: ["{}"]), attempt) else {
            Issue.record("no plan")
            return
        }
        #expect(plan.parts.map(\.request.url) == ["https://a/changed", "https://a/changed"])
        #expect(changed.address == nil)
    }
}

/// Notes that it was asked, and asks the delivery inside.
private struct Counting: Delivery {
    let own: any Delivery
    let order: Guarded<[String]>
    let name: String
    var limits: BatchLimits { own.limits }

    init(_ own: any Delivery, _ order: Guarded<[String]>, _ name: String) {
        self.own = own
        self.order = order
        self.name = name
    }

    func begin(_ batch: DeliveryBatch, _ attempt: DeliveryAttempt) -> DeliveryStep {
        order.read { $0.append("\(name):begin") }
        return own.begin(batch, attempt)
    }
}

private struct Planning: Delivery {
    let limits = BatchLimits.segment
    let plan: DeliveryPlan
    init(_ plan: DeliveryPlan) { self.plan = plan }
    func begin(_ batch: DeliveryBatch, _ attempt: DeliveryAttempt) -> DeliveryStep { .plan(plan) }
}

private final class Hook: DestinationPlugin {
    let key = "Hook"
    let name = "hook"
    let usesHooks = true
    let timeline = Timeline()
    func makeDelivery() -> (any Delivery)? { nil }
}
