// SPDX-License-Identifier: MIT
import TestSupport
import Testing

@testable import Footfall

/// How many events and bytes a batch has at most.
@Suite struct BatchSizeTests: DeliveryBench {
    let directory = TemporaryDirectory()

    @Test func aBatchStaysBelowItsBytes() throws {
        let analytics = Analytics(configuration: .test(directory))
        let delivery = SizingDelivery()
        analytics.add(plugin: SizingDestination(delivery))
        for _ in 0..<60 {
            analytics.track(name: "e", properties: ["x": .string(String(repeating: "x", count: 30_000))])
        }
        #expect(analytics.flush(timeout: .seconds(10)).queued == 0)
        let sizes = delivery.sizes
        #expect(sizes.count > 1 && sizes.allSatisfy { $0 <= 475_000 }, "\(sizes)")
        #expect(sizes.dropLast().allSatisfy { $0 > 475_000 - 31_000 }, "they are filled")
        #expect(analytics.close())
    }

    /// How many events each batch has within these limits.
    private func batches(of count: Int64, _ limits: BatchLimits) -> [Int] {
        let analytics = Analytics(configuration: .test(directory))
        let delivery = RecordingDelivery(limits: limits)
        analytics.add(plugin: RecordingDestination(delivery))
        track(analytics, 1...count)
        _ = analytics.flush(timeout: .seconds(10))
        #expect(analytics.close())
        return delivery.batches
    }

    @Test func aBatchHasAtMostItsCount() {
        #expect(batches(of: 20, BatchLimits(events: 7, bytes: 1_000_000)) == [7, 7, 6])
    }

    @Test func anEventAboveTheLimitGoesAlone() {
        #expect(batches(of: 3, BatchLimits(events: 7, bytes: 10)) == [1, 1, 1])
    }
}

/// Notes the size of each batch.
private final class SizingDelivery: Delivery {
    let limits = BatchLimits.segment
    private let noted = Guarded<[Int]>([])
    var sizes: [Int] { noted.current }

    func begin(_ batch: DeliveryBatch, _ attempt: DeliveryAttempt) -> DeliveryStep {
        var body = ByteBuffer()
        batch.append(to: &body, separator: UInt8(ascii: ","))
        let count = body.count
        noted.read { $0.append(count) }
        return .finished(.accepted)
    }
}

private final class SizingDestination: DestinationPlugin {
    let name = "sizing"
    var key: String { name }
    let timeline = Timeline()
    let usesHooks = false
    private let delivery: SizingDelivery
    init(_ delivery: SizingDelivery) { self.delivery = delivery }
    func makeDelivery() -> (any Delivery)? { delivery }
}
