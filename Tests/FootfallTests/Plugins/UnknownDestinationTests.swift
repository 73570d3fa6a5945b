// SPDX-License-Identifier: MIT
import Footfall
import FootfallStore
import TestSupport
import Testing

/// Two clients on one directory stand for two processes: the older does not know the type of a
/// destination that the newer delivers to.
@Suite struct UnknownDestinationTests {
    let directory = TemporaryDirectory()

    private func older(_ configuration: Configuration? = nil, key: String = "pigeon") -> Analytics {
        let analytics = Analytics(configuration: configuration ?? .test(directory))
        analytics.add(plugin: UnknownDestination(type: "pigeon", name: "pigeon", key: key))
        return analytics
    }

    private func row() throws -> DestinationRow? { try inspect(directory) { try $0.destinations.all().first } }

    /// Delivers what waits with a client that knows the type.
    private func delivered(key: String = "Pigeon Post") throws -> [String] {
        let delivery = RecordingDelivery()
        let newer = Analytics(configuration: .test(directory))
        newer.add(plugin: RecordingDestination(name: "pigeon", key: key, delivery))
        #expect(newer.flush(timeout: .seconds(10)).isDelivered)
        #expect(newer.close())
        return delivery.names
    }

    @Test func storesEventsForAProcessThatKnowsTheType() throws {
        let known = RecordingDelivery()
        let analytics = older()
        analytics.add(plugin: RecordingDestination(known))
        analytics.track(name: "first")
        analytics.track(name: "second")
        let report = analytics.flush(timeout: .seconds(10))
        #expect(report.isDelivered && known.names == ["first", "second"])
        #expect(report.queuedElsewhere.map { "\($0.destination) \($0.queued)" } == ["pigeon 2"])
        #expect(analytics.close())
        let waiting = try #require(try row())
        #expect((waiting.name, waiting.key, waiting.queued) == ("pigeon", "pigeon", 2))
        #expect(try delivered() == ["first", "second"])
        #expect(try row()?.key == "Pigeon Post")
        #expect(try lawHolds(directory))
    }

    @Test func eventsWithoutAnotherDestinationWaitAsWell() throws {
        let analytics = older()
        analytics.track(name: "only")
        #expect(analytics.close())
        #expect(try row()?.queued == 1)
        #expect(try delivered() == ["only"])
    }

    @Test func aKeyOfTheFileDecidesWhatIsStored() throws {
        let analytics = older(key: "Pigeon Post")
        analytics.track(name: "refused", options: CallOptions(integrations: ["Pigeon Post": false]))
        analytics.track(name: "chosen", options: CallOptions(integrations: ["All": false, "Pigeon Post": true]))
        #expect(analytics.close())
        #expect(try delivered() == ["chosen"])
        #expect(try lawHolds(directory))
    }

    @Test func whatRefusesTheRightKeyIsDroppedWhenTheKeyIsCorrected() throws {
        let analytics = older()
        analytics.track(name: "refused", options: CallOptions(integrations: ["Pigeon Post": false]))
        analytics.track(name: "wanted")
        analytics.track(name: "none", options: CallOptions(integrations: ["All": false, "pigeon": true]))
        #expect(analytics.close())
        #expect(try row()?.queued == 3)
        #expect(try delivered() == ["wanted"])
        let after = try #require(try row())
        #expect((after.routed, after.delivered, after.dropped, after.queued) == (3, 1, 2, 0))
        #expect(try inspect(directory) { try $0.counters.value("dropped.unrouted") } == 2)
        #expect(try lawHolds(directory))
    }

    @Test func anEventThatAnotherDestinationWaitsForStaysWhenTheKeyIsCorrected() throws {
        let analytics = older(.test(directory).delivers(false))
        analytics.add(plugin: RecordingDestination(RecordingDelivery()))
        analytics.track(name: "refused", options: CallOptions(integrations: ["Pigeon Post": false]))
        #expect(analytics.close())
        #expect(try delivered() == [])
        let queued = try inspect(directory) { try $0.destinations.all().map { "\($0.name) \($0.queued)" } }
        #expect(queued == ["pigeon 0", "recording 1"])
        #expect(try lawHolds(directory))
    }

    @Test func aGuessedKeyReplacesNone() throws {
        #expect(try delivered() == [])
        let analytics = older()
        analytics.track(name: "later")
        #expect(analytics.close())
        #expect(try row()?.key == "Pigeon Post")
        #expect(try delivered() == ["later"])
    }

    @Test func aProcessThatDeliversTheRestWakesTheOneThatKnowsTheType() throws {
        let (known, carried) = (RecordingDelivery(), RecordingDelivery())
        let newer = Analytics(configuration: .test(directory).flushAt(1))
        newer.add(plugin: RecordingDestination(name: "pigeon", carried))
        newer.track(name: "newer")
        #expect(newer.flush(timeout: .seconds(10)).isDelivered)

        let clock = TestClock()
        let analytics = older(.test(directory, clock).flushAt(1))
        analytics.add(plugin: RecordingDestination(known))
        for name in ["first", "second"] {
            analytics.track(name: name)
            #expect(analytics.flush(timeout: .seconds(10)).isDelivered)
            #expect(poll { carried.names.last == name }, "\(carried.names)")
            // It wakes others once a second at most.
            clock.advance(.seconds(2))
        }
        #expect(analytics.close())
        #expect(newer.close())
        #expect(try lawHolds(directory))
    }

    @Test func aDeletionRequestIsNotStoredForIt() throws {
        let analytics = older()
        analytics.add(plugin: RecordingDestination(name: "deleting", takesDeletions: true))
        analytics.track(name: "event")
        #expect(analytics.store(timeout: .seconds(10)) == nil)
        let report = try analytics.forget(timeout: .seconds(10))
        #expect(report.requested == ["deleting"] && report.unsupported.isEmpty)
        #expect(analytics.close())
        #expect(try delivered() == [])
    }

    @Test func theHostIsToldOnce() throws {
        let log = ErrorLog()
        let analytics = older(.test(directory).errors(to: log))
        for name in ["first", "second"] { analytics.track(name: name) }
        #expect(analytics.close())
        #expect(log.codes == [.invalidConfiguration])
        #expect(log.errors.first?.message.contains("the destination type pigeon is not known") == true)
    }
}
