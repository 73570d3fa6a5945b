// SPDX-License-Identifier: MIT
import FootfallJSON
import FootfallStore
import TestSupport
import Testing

@testable import Footfall

/// What operators are shown of events that left the chain.
@Suite struct HeldEventTests {
    let directory = TemporaryDirectory()
    private let clock = TestClock()

    private var state: StateDirectory { StateDirectory(path: directory.path) }
    private var configuration: Configuration { .test(directory, clock) }

    private func hold(_ plugin: String, _ reason: SpoolHeader.Reason, _ count: Int) throws {
        try state.create()
        try state.createHeld()
        let file = try HeldFile(
            directory: state.held,
            header: SpoolHeader(
                source: "app:x", bootID: "boot", erasure: 0,
                held: SpoolHeader.Held(plugin: plugin, reason: reason, origin: "spool", lived: 5)))
        for number in 1...Int64(count) {
            var event = Event(type: .track, timestamp: Timestamp(milliseconds: 1_700_000_000_000 + number))
            event.event = "E"
            try file.append(event.record(number), sequence: number, lived: 5)
        }
    }

    private func switchOff(_ plugin: String) throws {
        var deaths = PluginDeaths(source: "app:x", name: plugin)
        for token in UInt64(1)...3 {
            let now = clock.clock.moment
            _ = deaths.add(
                PluginDeaths.Death(
                    token: token, wall: now.wall, bootNanoseconds: now.bootNanoseconds,
                    bootID: NameHash.sum(now.bootID)))
        }
        try state.create()
        try state.createHeld()
        try PluginDeaths.write([deaths], of: "app:x", to: PluginDeaths.file(of: "app:x", in: state))
    }

    private func findings() -> [String] {
        Doctor.examine(configuration).filter { $0.thing.hasPrefix("plugin") }.map {
            "\($0.verdict) \($0.thing): \($0.text)"
        }
    }

    @Test func aPluginThatIsOffIsShownWithTheEventsThatWaitForIt() throws {
        try switchOff("Weather")
        #expect(
            findings() == [
                "wrong plugin Weather: Weather (app:x) is off until 2023-11-15T22:13:20.000Z, since programs died in it "
                    + "3 times: events pass without it; mend the plugin, and start the program"
            ])
        try hold("Weather", .off, 2)
        let status = try StoreStatus(configuration)
        #expect(
            status.off.map { $0.sentence(status.held) } == [
                "Weather (app:x) is off until 2023-11-15T22:13:20.000Z, since programs died in it 3 times: 2 events wait for it"
            ])
        #expect(
            status.json["off"] == [["source": "app:x", "plugin": "Weather", "until": "2023-11-15T22:13:20.000Z"]])
        #expect(findings().count == 1)
        clock.advance(.seconds(86_401))
        #expect(try StoreStatus(configuration).off.isEmpty)
        #expect(findings().count == 1 && findings()[0].contains("wait until Weather (app:x) is called again"))
    }

    @Test func eachReasonSaysWhatTheEventsWaitFor() throws {
        for reason in SpoolHeader.Reason.allCases { try hold("P", reason, 1) }
        let status = try StoreStatus(configuration)
        #expect(status.held.map(\.reason) == [.off, .poison, .retry, .unknown])
        let text = status.held.map(\.sentence).joined(separator: "\n")
        for part in [
            "the oldest of 2023-11-14T22:13:20.001Z) waits until P (app:x) is called again",
            "left the chain, since programs died twice in P (app:x) at each of them; footfall dead-letters retry",
            "waits for the next start of app:x", "waits for a program (app:x) that knows the plugin P",
        ] {
            #expect(text.contains(part), "\(text)")
        }
        let poison = try #require(status.json["held"]?.arrayValue?[1].objectValue)
        #expect(poison["reason"] == "poison" && poison["events"] == 1 && poison["plugin"] == "P")
        #expect(findings().allSatisfy { $0.hasPrefix("notable plugin P: 1 event (") })
        #expect(DeadLetters(configuration).held == status.held)
    }
}
