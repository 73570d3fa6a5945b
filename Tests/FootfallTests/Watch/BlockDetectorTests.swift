// SPDX-License-Identifier: MIT
import Testing

@testable import Footfall

@Suite struct BlockDetectorTests {
    private static let second: Int64 = 1_000_000_000
    private var detector = BlockDetector()

    private func sample(_ plugin: UInt64, _ events: Int64 = 1, calls: UInt64 = 0) -> BlockDetector.Sample {
        BlockDetector.Sample(plugin: plugin, calls: calls, events: events)
    }

    @Test mutating func findsACallOfTwoSecondsWhileItLasts() {
        // The call began at 0; the last look before it found another.
        var found: [BlockDetector.Finding] = []
        for look in stride(from: Int64(0), through: 2 * Self.second, by: Int(BlockDetector.interval)) {
            found.append(detector.look(sample(7), at: look))
        }
        #expect(found.contains(.blocked(plugin: 7, since: -BlockDetector.interval)))
    }

    @Test mutating func takesManyShortCallsForNoBlock() {
        for look in 0..<1_000 {
            let now = Int64(look) * BlockDetector.interval
            #expect(detector.look(sample(7, Int64(look / 6)), at: now) == .nothing)
        }
    }

    @Test mutating func tellsEachCallThatIsNoEventApart() {
        #expect(detector.look(sample(7, calls: 1), at: 0) == .nothing)
        #expect(detector.look(sample(7, calls: 2), at: 3 * Self.second) == .nothing)
        #expect(detector.look(sample(8, calls: 2), at: 6 * Self.second) == .nothing)
        #expect(!detector.isBlocked)
    }

    @Test mutating func believesNoTimeBetweenLooksThatLieFarApart() {
        #expect(detector.look(sample(1), at: 0) == .nothing)
        // Only a call of the host looks, an hour later: another plugin runs for an unknown time.
        #expect(detector.look(sample(2), at: 3_600 * Self.second) == .nothing)
        #expect(detector.look(sample(2), at: 3_601 * Self.second) == .nothing)
        #expect(detector.look(sample(2), at: 3_602 * Self.second) != .nothing)
    }

    @Test mutating func saysOnceThatAPluginBlocksAndOnceThatItReturned() {
        _ = detector.look(sample(7), at: 0)
        #expect(detector.look(sample(7), at: 2 * Self.second) != .nothing)
        #expect(detector.look(sample(7), at: 9 * Self.second) == .nothing)
        #expect(detector.look(sample(7, 2), at: 10 * Self.second) == .returned)
        #expect(detector.end() == .nothing)
        _ = detector.look(sample(7, 2), at: 20 * Self.second)
        #expect(detector.look(sample(7, 2), at: 30 * Self.second) != .nothing)
        #expect(detector.end() == .returned)
    }
}
