// SPDX-License-Identifier: MIT
import FootfallStore
import TestSupport
import Testing

@testable import Footfall

/// What a suite about deliveries needs: events with numbers, and the destination's row.
protocol DeliveryBench {
    var directory: TemporaryDirectory { get }
}

extension DeliveryBench {
    func row(_ name: String = "recording") throws -> DestinationRow {
        try #require(try inspect(directory) { try $0.destinations.all().first { $0.name == name } })
    }

    func track(_ analytics: Analytics, _ numbers: ClosedRange<Int64>) {
        for number in numbers { analytics.track(name: "e", properties: ["n": .int(number)]) }
    }

    func numbers(_ delivery: RecordingDelivery) -> [Int64] {
        delivery.bodies.compactMap { $0["properties"]?.objectValue?["n"]?.intValue }
    }
}
