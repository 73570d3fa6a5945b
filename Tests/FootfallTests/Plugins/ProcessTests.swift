// SPDX-License-Identifier: MIT
import TestSupport
import Testing

@testable import Footfall

/// `process(_:)` fills in only what its event lacks.
@Suite struct ProcessTests {
    let directory = TemporaryDirectory()
    let time = TestClock()

    private func processed(_ event: Event, after duration: Duration = .zero) throws -> JSONObject {
        let delivery = RecordingDelivery()
        let analytics = Analytics(configuration: .test(directory, time), plugins: [RecordingDestination(delivery)])
        time.advance(duration)
        analytics.process(event)
        #expect(analytics.flush(timeout: .seconds(5)).isDelivered)
        #expect(analytics.close())
        return try #require(delivery.bodies.first)
    }

    @Test func keepsTheTimeThatAnEventHas() throws {
        var event = Event(type: .track, timestamp: Timestamp(milliseconds: 1_600_000_000_000))
        event.event = "A"
        #expect(try processed(event)["timestamp"] == "2020-09-13T12:26:40.000Z")
    }

    @Test func keepsTheMomentThatAnEventIsMadeOf() throws {
        let event = Event(name: "A", at: time.clock.moment)
        #expect(try processed(event, after: .seconds(60))["timestamp"] == "2023-11-14T22:13:20.000Z")
        #expect(!event.hasGivenTimestamp, "it is no event of the past")
    }

    @Test func momentsOfThePastDoNotCountAsASlowDisk() {
        let errors = ErrorLog()
        let analytics = Analytics(
            configuration: Configuration.test(directory, time).errors(to: errors), plugins: [RecordingDestination()])
        let moment = time.clock.moment
        time.advance(.seconds(60))
        for _ in 0..<5 { analytics.process(Event(name: "A", at: moment)) }
        #expect(analytics.store(timeout: .seconds(5)) == nil)
        #expect(errors.codes.isEmpty, "the spool is in use: \(errors.errors)")
        #expect(analytics.close())
    }

    @Test func fillsInATimeThatIsMissing() throws {
        var event = Event(type: .track, timestamp: Timestamp(milliseconds: 0))
        event.event = "A"
        #expect(try processed(event)["timestamp"] == "2023-11-14T22:13:20.000Z")
    }
}
