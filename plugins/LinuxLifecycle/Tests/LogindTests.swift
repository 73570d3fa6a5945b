// SPDX-License-Identifier: MIT
import Footfall
import FootfallStore
import LinuxLifecycle
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(2))) struct LogindTests {
    let directory = TemporaryDirectory()

    private func make(_ address: String, patience: Duration = .milliseconds(50)) -> (Analytics, RecordingDelivery) {
        let delivery = RecordingDelivery()
        let analytics = Analytics(
            configuration: .test(directory).application(id: "com.example.Kiosk", version: "1")
                .trackApplicationLifecycleEvents(true))
        analytics.add(plugin: RecordingDestination(delivery))
        analytics.add(plugin: LinuxLifecycle(patience: patience, busAddress: address, sessionId: "c1"))
        #expect(analytics.store(timeout: .seconds(10)) == nil)
        return (analytics, delivery)
    }

    private func names(_ analytics: Analytics, _ delivery: RecordingDelivery) -> [String] {
        _ = analytics.flush(timeout: .seconds(10))
        return Array(delivery.names.dropFirst(2))
    }

    private let back = ["Application Opened", "Application Foregrounded"]

    @Test func keepsTheMachineFromSleepingUntilItIsStored() throws {
        let logind = try MockedLogind()
        let (analytics, delivery) = make(logind.address)
        #expect(try poll { try logind.inhibitors == 1 }, "it is waited for")

        try logind.say("PrepareForSleep 1")
        #expect(poll { analytics.counters.stored == 3 })
        #expect(try poll { try logind.inhibitors == 0 }, "the machine may sleep")
        #expect(names(analytics, delivery) == ["Application Backgrounded"])

        try logind.say("PrepareForSleep 0")
        #expect(poll { analytics.counters.stored == 5 })
        #expect(names(analytics, delivery) == ["Application Backgrounded"] + back)
        #expect(try poll { try logind.inhibitors == 1 }, "for the next time")
        #expect(analytics.close())
        #expect(try poll { try logind.inhibitors == 0 })
    }

    @Test(arguments: [
        ("LockedHint 1", "LockedHint 0"), ("Lock", "Unlock"), ("Active 0", "Active 1"), ("IdleHint 1", "IdleHint 0"),
    ])
    func isInTheBackgroundWhileTheSessionCannotBeUsed(_ leaves: String, _ comesBack: String) throws {
        let logind = try MockedLogind()
        let (analytics, delivery) = make(logind.address)
        #expect(try poll { try logind.inhibitors == 1 })
        try logind.say(leaves)
        #expect(poll { analytics.counters.stored == 3 })
        try logind.say(comesBack)
        #expect(poll { analytics.counters.stored == 5 })
        #expect(names(analytics, delivery) == ["Application Backgrounded"] + back)
        #expect(analytics.close())
    }

    @Test func isNotBackWhileTheHostHasNothingToShow() throws {
        let logind = try MockedLogind()
        let (analytics, delivery) = make(logind.address)
        #expect(try poll { try logind.inhibitors == 1 })
        analytics.applicationWillResignActive()
        #expect(poll { analytics.counters.stored == 3 })
        try logind.say("LockedHint 1")
        try logind.say("LockedHint 0")
        analytics.applicationDidBecomeActive()
        #expect(poll { analytics.counters.stored == 5 })
        #expect(names(analytics, delivery) == ["Application Backgrounded"] + back)
        #expect(analytics.close())
    }

    @Test func endsInOrderWhenTheMachineIsSwitchedOff() throws {
        let logind = try MockedLogind()
        let (analytics, delivery) = make(logind.address)
        #expect(try poll { try logind.inhibitors == 1 })
        try logind.say("PrepareForShutdown 1")
        #expect(poll { analytics.counters.stored == 3 })
        #expect(try poll { try logind.inhibitors == 0 })
        #expect(names(analytics, delivery) == ["Application Terminated"])
        // A machine that is switched off closes no client. The next start finds no dead instance.
        #expect(try directory.names(in: "run").allSatisfy { $0.hasPrefix(".") || !$0.hasSuffix(".run") })
        #expect(analytics.close())
    }

    @Test func goesOnWhenTheBusIsGone() throws {
        var logind: MockedLogind? = try MockedLogind()
        let (analytics, delivery) = make(logind?.address ?? "")
        #expect(try poll { try logind?.inhibitors == 1 })
        logind = nil
        analytics.applicationWillResignActive()
        #expect(poll { analytics.counters.stored == 3 })
        analytics.track(name: "A")
        #expect(names(analytics, delivery) == ["Application Backgrounded", "A"])
        #expect(analytics.close())
    }

    @Test(arguments: ["unix:path=/nonexistent", "nonsense", "tcp:host=127.0.0.1,port=1"])
    func doesWithoutABus(_ address: String) {
        let (analytics, delivery) = make(address)
        analytics.track(name: "A")
        #expect(names(analytics, delivery) == ["A"])
        #expect(analytics.close())
    }
}
