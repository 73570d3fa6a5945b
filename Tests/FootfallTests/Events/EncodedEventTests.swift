// SPDX-License-Identifier: MIT
import TestSupport
import Testing

@testable import Footfall

/// Events whose members come from an `Encodable` value.
@Suite struct EncodedEventTests {
    let directory = TemporaryDirectory()

    private struct Order: Encodable {
        var zone = "EU"
        var sku = "A-7"
        var total = 59.9
    }

    private struct Failing: Encodable {
        struct Reason: Error, CustomStringConvertible { let description = "no stock" }
        func encode(to encoder: any Encoder) throws { throw Reason() }
    }

    @Test func anEncodableValueKeepsItsOrder() throws {
        let delivery = RecordingDelivery()
        let analytics = Analytics(configuration: .test(directory), plugins: [RecordingDestination(delivery)])
        analytics.identify(userId: "u", encoding: ["plan": "guest"])
        analytics.track(name: "Order", encoding: Order())
        #expect(analytics.flush(timeout: .seconds(10)).queued == 0)
        #expect(delivery.bodies.first?["traits"] == ["plan": "guest"])
        #expect(delivery.bodies.last?["properties"]?.text == #"{"zone":"EU","sku":"A-7","total":59.9}"#)
        #expect(analytics.close())
    }

    @Test func whatCannotBeEncodedIsDroppedCountedAndReported() {
        let log = ErrorLog()
        let analytics = Analytics(configuration: Configuration.test(directory).errors(to: log))
        analytics.track(name: "A", encoding: Failing())
        analytics.track(name: "B", encoding: ["x": ["y": Failing()]])
        analytics.track(name: "C", encoding: [1, 2])
        analytics.identify(userId: "u", encoding: "text")
        #expect(log.codes == Array(repeating: .invalidEvent, count: 4))
        #expect(
            log.errors.map(\.message) == [
                "an event was dropped: the properties of \"A\" cannot be encoded: no stock",
                "an event was dropped: the properties of \"B\" cannot be encoded: no stock",
                "an event was dropped: the properties of \"C\" cannot be encoded: it must be an object, this is array",
                "an event was dropped: the traits cannot be encoded: it must be an object, this is text",
            ])
        #expect(analytics.userId == nil)
        analytics.track(name: "D")
        #expect(analytics.close())
        #expect(analytics.counters.dropped[.invalid] == 4)
    }
}
