// SPDX-License-Identifier: MIT
import FootfallStore
import TestSupport
import Testing

@testable import Footfall

/// Two names are the same only if their bytes are: "é" may be one code point or two.
@Suite struct SpellingTests {
    let directory = TemporaryDirectory()
    private static let one = "\u{E9}"
    private static let two = "e\u{301}"

    @Test func deliversToEachOfTwoDestinationsThatDifferInSpelling() throws {
        let deliveries = [RecordingDelivery(), RecordingDelivery()]
        let analytics = Analytics(configuration: .test(directory))
        for (name, delivery) in zip([Self.one, Self.two], deliveries) {
            analytics.add(plugin: RecordingDestination(name: name, delivery))
        }
        analytics.track(name: "both")
        analytics.track(name: "first", options: CallOptions(integrations: [Self.two: false]))
        #expect(analytics.flush(timeout: .seconds(10)).isDelivered)
        #expect(analytics.close())
        #expect(deliveries[0].names == ["both", "first"])
        #expect(deliveries[1].names == ["both"])
        #expect(try StoreStatus(.test(directory)).destinations.map(\.routed) == [2, 1])
        #expect(try lawHolds(directory))
    }

    @Test func anotherSpellingIsAnotherUser() {
        let analytics = Analytics(configuration: .test(directory))
        analytics.identify(userId: Self.one, traits: ["plan": "guest"])
        analytics.identify(userId: Self.two)
        #expect(analytics.traits.isEmpty, "another user's traits replace these")
        #expect(analytics.userId.map { Array($0.utf8) } == Array(Self.two.utf8))
        #expect(analytics.close())
    }

    @Test func keepsPropertiesThroughSpoolAndStore() throws {
        let delivery = RecordingDelivery()
        let analytics = Analytics(configuration: .test(directory))
        analytics.add(plugin: RecordingDestination(delivery))
        analytics.track(name: "A", properties: [Self.one: 1, Self.two: 2, "K": 3, "\u{212A}": 4])
        #expect(analytics.flush(timeout: .seconds(10)).isDelivered)
        #expect(analytics.close())
        #expect(
            delivery.bodies.first?["properties"] == [Self.one: 1, Self.two: 2, "K": 3, "\u{212A}": 4])
        #expect(delivery.bodies.first?["properties"]?.objectValue?.count == 4)
    }

    @Test func refusesAKeyOfAConfigurationThatIsSpeltInAnotherWay() {
        let text = "{\"write\u{212A}ey\": \"KEY\"}"
        #expect(throws: ConfigurationError.self) {
            try ConfigurationFile(bytes: Array(text.utf8), name: "f.json")
        }
    }
}
