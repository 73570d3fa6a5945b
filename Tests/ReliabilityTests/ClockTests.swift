// SPDX-License-Identifier: MIT
import AmplitudeSession
import Footfall
import FootfallStore
import SegmentDestination
import TestSupport
import Testing

private let built: Int64 = 1_700_000_000_000

/// A device whose clock starts in 1970, and a server over verified https that has the right time.
@Suite struct ClockTests {
    let state = TemporaryDirectory()

    private func configuration(_ clock: TestClock, _ authority: String?) -> Configuration {
        Configuration.test(state, clock).certificateAuthorityFile(authority)
    }

    private func collect(_ certificate: Certificate?, _ body: (TestCollector) throws -> Void) throws -> [JSONObject] {
        let collector = try TestCollector { $0.certificate = certificate?.pem }
        try body(collector)
        return try collector.events
    }

    private func sessions(_ bodies: [JSONObject]) -> [Int64?] {
        bodies.map { $0["integrations"]?.objectValue?["Actions Amplitude"]?.objectValue?["session_id"]?.intValue }
    }

    private func times(_ bodies: [JSONObject]) -> [Int64] {
        bodies.compactMap { $0["timestamp"]?.stringValue.flatMap { Timestamp($0) }?.milliseconds }
    }

    @Test func asksForTheTimeFirstAndSendsNothingOf1970() throws {
        let folder = TemporaryDirectory()
        let certificate = try Certificate(folder)
        let clock = TestClock(wall: 5_000, notBefore: built)
        let bodies = try collect(certificate) { collector in
            let analytics = Analytics(configuration: configuration(clock, certificate.file))
            analytics.add(plugin: SegmentDestination(endpoint: "\(collector.url)/v1/b", writeKey: "KEY"))
            analytics.add(plugin: AmplitudeSession())
            analytics.track(name: "A")
            clock.advance(.seconds(600))
            analytics.track(name: "B")
            #expect(analytics.flush(timeout: .seconds(20)).queued == 0)
            #expect(analytics.close())
        }
        let now = SystemClock.system.wall().milliseconds
        #expect(bodies.map { $0["event"]?.stringValue } == ["session_start", "A", "B"])
        let times = times(bodies)
        #expect(times.allSatisfy { abs($0 - now) < 700_000 }, "\(times)")
        #expect(times[2] - times[1] == 600_000)
        #expect(Set(sessions(bodies)) == [times[0]], "the id moved with its start")
        #expect(bodies.allSatisfy { $0["context"]?.objectValue?["clock"] == nil })
    }

    @Test func anIdThatWentOnFromAnEarlierSessionDoesNotJumpAhead() throws {
        let folder = TemporaryDirectory()
        let certificate = try Certificate(folder)
        let now = SystemClock.system.wall().milliseconds
        let before = Analytics(
            configuration: configuration(TestClock(wall: now - 3_600_000, bootID: "before", notBefore: built), nil))
        before.add(plugin: AmplitudeSession())
        before.track(name: "Before")
        #expect(before.store(timeout: .seconds(10)) == nil)
        #expect(before.close())
        let earlier = try #require(before.sessionId)

        let clock = TestClock(wall: 5_000, notBefore: built)
        let bodies = try collect(certificate) { collector in
            let analytics = Analytics(configuration: configuration(clock, certificate.file))
            analytics.add(plugin: AmplitudeSession())
            analytics.startNewSession()
            analytics.track(name: "A")
            #expect(analytics.store(timeout: .seconds(10)) == nil)
            analytics.add(plugin: SegmentDestination(endpoint: "\(collector.url)/v1/b", writeKey: "KEY"))
            #expect(analytics.flush(timeout: .seconds(20)).queued == 0)
            #expect(analytics.close())
        }
        let ids = sessions(bodies).compactMap { $0 }
        #expect(ids.max().map { $0 < now + 86_400_000 } == true, "\(ids)")
        #expect(ids.max().map { $0 > earlier } == true, "\(ids)")
    }

    @Test func aServerThatIsNotVerifiedTellsNoTime() throws {
        let clock = TestClock(wall: 5_000, notBefore: built)
        let bodies = try collect(nil) { collector in
            let analytics = Analytics(configuration: configuration(clock, nil))
            analytics.add(plugin: SegmentDestination(endpoint: "\(collector.url)/v1/b", writeKey: "KEY"))
            analytics.track(name: "A")
            #expect(analytics.flush(timeout: .seconds(20)).queued == 0)
            #expect(analytics.close())
        }
        #expect(times(bodies) == [5_000])
        #expect(bodies.first?["context"]?.objectValue?["clock"] == "estimated")
    }

    @Test func theStateOfTheSessionMovesWithItsEvents() throws {
        let folder = TemporaryDirectory()
        let certificate = try Certificate(folder)
        let clock = TestClock(wall: 5_000, notBefore: built)
        var keys: [String?] = []
        let bodies = try collect(certificate) { collector in
            let analytics = Analytics(configuration: configuration(clock, certificate.file))
            analytics.add(plugin: SegmentDestination(endpoint: "\(collector.url)/v1/b", writeKey: "KEY"))
            analytics.add(plugin: AmplitudeSession())
            analytics.track(name: "A")
            #expect(analytics.flush(timeout: .seconds(20)).queued == 0)
            clock.advance(.seconds(60))
            analytics.track(name: "B")
            #expect(analytics.flush(timeout: .seconds(20)).queued == 0)
            keys = try inspect(state) { store in
                [
                    try store.keyValue.text("analytics_session_id"),
                    try store.keyValue.text("analytics_session_id.last_access"),
                ]
            }
            #expect(analytics.close())
        }
        let times = times(bodies)
        #expect(bodies.count == 3)
        #expect(keys[0] == String(times[0]))
        #expect(keys[1] == String(times[2]))
        #expect(Set(sessions(bodies)) == [times[0]], "B joined though the clock is still wrong")
    }
}
