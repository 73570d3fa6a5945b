// SPDX-License-Identifier: MIT
import AmplitudeSession
import CSystem
@_spi(System) import Footfall
import FootfallStore
import Glibc
import LinuxLifecycle
import TestSupport
import Testing

@Suite struct LinuxLifecycleTests {
    let directory = TemporaryDirectory()
    let time = TestClock()
    /// Shared by all runs: any of them may deliver the last event of the run before.
    let delivery = RecordingDelivery()

    private func make(
        version: String? = "2.1.0", build: String? = "210", isOn: Bool = true,
        _ lifecycle: sending LinuxLifecycle = LinuxLifecycle(patience: .milliseconds(50), observesLogind: false)
    ) -> (Analytics, RecordingDelivery) {
        let analytics = Analytics(
            configuration: .test(directory, time).application(id: "com.example.Kiosk", version: version, build: build)
                .trackApplicationLifecycleEvents(isOn))
        analytics.add(plugin: RecordingDestination(delivery))
        analytics.add(plugin: lifecycle)
        return (analytics, delivery)
    }

    /// One run of the application.
    private func run(
        version: String? = "2.1.0", build: String? = "210", _ body: (Analytics) -> Void = { _ in }
    ) {
        let (analytics, _) = make(version: version, build: build)
        body(analytics)
        #expect(analytics.store(timeout: .seconds(10)) == nil)
        #expect(analytics.close(timeout: .seconds(10)))
    }

    /// The events of all runs.
    private func delivered() -> [JSONObject] {
        let analytics = Analytics(configuration: .test(directory, time))
        analytics.add(plugin: RecordingDestination(delivery))
        #expect(analytics.flush(timeout: .seconds(10)).queued == 0)
        #expect(analytics.close(timeout: .seconds(10)))
        return delivery.bodies
    }

    private func names(_ events: [JSONObject]) -> [String] { events.compactMap { $0["event"]?.stringValue } }

    private func properties(_ events: [JSONObject], _ name: String) -> JSON? {
        events.first { $0["event"]?.stringValue == name }?["properties"]
    }

    private let firstRun = ["Application Installed", "Application Opened", "Application Terminated"]

    // MARK: - Start

    @Test func aFirstRunIsAnInstallation() {
        run()
        let events = delivered()
        #expect(names(events) == firstRun)
        #expect(properties(events, "Application Installed") == ["version": "2.1.0", "build": "210"])
        #expect(
            properties(events, "Application Opened") == ["from_background": false, "version": "2.1.0", "build": "210"])
    }

    @Test func aSecondRunIsOnlyOpened() {
        run()
        run()
        #expect(names(delivered()) == firstRun + ["Application Opened", "Application Terminated"])
    }

    @Test(arguments: [("2.2.0", "220"), ("2.1.0", "211"), ("2.1.1", "210")])
    func anotherBuildOrVersionIsAnUpdate(_ version: String, _ build: String) {
        run()
        run(version: version, build: build)
        run(version: version, build: build)
        let events = delivered()
        #expect(
            names(events) == firstRun + [
                "Application Updated", "Application Opened", "Application Terminated", "Application Opened",
                "Application Terminated",
            ])
        #expect(
            properties(events, "Application Updated") == [
                "version": .string(version), "build": .string(build), "previous_version": "2.1.0",
                "previous_build": "210",
            ])
    }

    @Test func comesBeforeWhatWasCalledRightAfterItWasAdded() {
        run { $0.track(name: "A") }
        #expect(names(delivered()) == ["Application Installed", "Application Opened", "A", "Application Terminated"])
    }

    @Test func isInTheSessionOfAPluginThatWasAddedAfterIt() throws {
        let (analytics, delivery) = make()
        analytics.add(plugin: AmplitudeSession())
        _ = analytics.flush(timeout: .seconds(10))
        #expect(delivery.names == ["Application Installed", "Application Opened"])
        #expect(delivery.bodies.allSatisfy { $0["integrations"]?.objectValue?["Actions Amplitude"] != nil })
        #expect(analytics.close())
    }

    @Test func isInTheSessionOfAPluginThatWasThereBefore() throws {
        let delivery = RecordingDelivery()
        var sessions = SessionConfiguration.web
        sessions.sendsMarkersToAll = true
        let analytics = Analytics(
            configuration: .test(directory, time).application(id: "x").trackApplicationLifecycleEvents(true))
        analytics.add(plugin: RecordingDestination(delivery))
        analytics.add(plugin: AmplitudeSession(configuration: sessions))
        analytics.add(plugin: LinuxLifecycle(observesLogind: false))
        _ = analytics.flush(timeout: .seconds(10))
        #expect(delivery.names == ["session_start", "Application Installed", "Application Opened"])
        let ids = Set(
            delivery.bodies.map {
                $0["integrations"]?.objectValue?["Actions Amplitude"]?.objectValue?["session_id"]?.intValue
            })
        #expect(ids.count == 1)
        #expect(analytics.close())
    }

    @Test func saysNothingWhenItIsOff() {
        let (analytics, delivery) = make(isOn: false)
        analytics.applicationWillResignActive()
        analytics.applicationWillTerminate()
        analytics.track(name: "A")
        _ = analytics.flush(timeout: .seconds(10))
        #expect(delivery.names == ["A"])
        #expect(analytics.close())
        run()
        #expect(names(delivered()) == ["A"] + firstRun, "it was never noted as installed")
    }

    @Test func sendsOnlyWhatWasChosen() {
        let (analytics, delivery) = make(LinuxLifecycle(events: [.opened, .terminated], observesLogind: false))
        analytics.applicationWillTerminate()
        _ = analytics.flush(timeout: .seconds(10))
        #expect(delivery.names == ["Application Opened", "Application Terminated"])
        #expect(analytics.close())
    }

    @Test func doesWithoutAVersion() {
        run(version: nil, build: nil)
        run(version: nil, build: nil)
        #expect(names(delivered()) == firstRun + ["Application Opened", "Application Terminated"])
    }

    // MARK: - Use

    @Test func isLeftAndTakenUpAgain() {
        let (analytics, delivery) = make()
        analytics.applicationDidBecomeActive()
        analytics.applicationWillResignActive()
        #expect(analytics.store(timeout: .seconds(5)) == nil)
        // Its timer makes the third event, without a call.
        #expect(poll { analytics.counters.stored == 3 })
        analytics.applicationDidBecomeActive()
        _ = analytics.flush(timeout: .seconds(10))
        #expect(
            delivery.names == [
                "Application Installed", "Application Opened", "Application Backgrounded", "Application Opened",
                "Application Foregrounded",
            ])
        #expect(delivery.bodies[3]["properties"]?.objectValue?["from_background"] == true)
        #expect(analytics.close())
    }

    @Test func aShortLossOfTheFocusGivesNothing() {
        let (analytics, delivery) = make(LinuxLifecycle(patience: .seconds(60), observesLogind: false))
        for _ in 0..<5 {
            analytics.applicationWillResignActive()
            analytics.applicationDidBecomeActive()
        }
        _ = analytics.flush(timeout: .seconds(10))
        #expect(delivery.names == ["Application Installed", "Application Opened"])
        #expect(analytics.close())
    }

    @Test func saysThatItEndsOnce() {
        run { analytics in
            analytics.applicationWillTerminate()
            analytics.applicationWillTerminate()
        }
        #expect(names(delivered()) == firstRun)
    }

    // MARK: - Death

    /// What an instance leaves that was killed.
    private func leave(boot: String, isLocked: Bool = false, name: String = "dead.run") throws -> Int32 {
        mkdir("\(directory.path)/run", 0o700)
        let descriptor = ftf_open("\(directory.path)/run/\(name)", O_RDWR | O_CREAT)
        try #require(descriptor >= 0)
        if isLocked { #expect(ftf_lock_description(descriptor) == 0) }
        _ = boot.withCString { write(descriptor, $0, strlen($0)) }
        if !isLocked { close(descriptor) }
        return descriptor
    }

    private func files() throws -> [String] { try directory.names(in: "run").filter { $0.hasSuffix(".run") } }

    /// A plugin that has the application of ``make(version:build:isOn:_:)``, and no client that stores its events.
    private func loose(_ analytics: Analytics) -> LinuxLifecycle {
        let lifecycle = LinuxLifecycle(observesLogind: false)
        lifecycle.configure(analytics: analytics)
        return lifecycle
    }

    private func crashes(_ start: PluginStart) -> Int { start.events.count { $0.event == "Application Crashed" } }

    @Test func aKillBeforeTheCommitLosesNoCrash() throws {
        let (analytics, _) = make()
        _ = try leave(boot: time.bootID)
        let moment = time.clock.moment
        do {
            let killed = loose(analytics)
            #expect(crashes(killed.start([:], at: moment)) == 1)
            #expect(crashes(loose(analytics).start([:], at: moment)) == 0, "it is reported by one process at a time")
        }
        let next = loose(analytics)
        #expect(crashes(next.start([:], at: moment)) == 1)
        next.started()
        #expect(crashes(loose(analytics).start([:], at: moment)) == 0)
        #expect(try !files().contains("dead.run"))
    }

    @Test func aFileThatCannotBeRemovedIsReportedOnce() throws {
        let (analytics, _) = make()
        let lock = try leave(boot: time.bootID, isLocked: true)
        let key = "lifecycle.com.example.Kiosk.reported"
        // As after a start that reported it and could not remove the file.
        let again = loose(analytics).start([key: "dead.run"], at: time.clock.moment)
        #expect(again.values[key] == "dead.run")
        close(lock)
    }

    @Test func aPluginThatWasNotStartedTracksNothing() {
        let (analytics, _) = make()
        let unstarted = loose(analytics)
        #expect(unstarted.application(.willTerminate, at: time.clock.moment).isEmpty)
        #expect(unstarted.nextTime == .max && unstarted.descriptor == -1)
    }

    @Test func aDeathWhoseFileStaysIsReportedOnce() throws {
        let (analytics, _) = make()
        _ = try leave(boot: time.bootID)
        let moment = time.clock.moment
        let first = loose(analytics)
        let stored = first.start([:], at: moment).values
        first.shutdown()
        #expect(try files().contains("dead.run"), "it was not told that its events are stored")
        #expect(crashes(loose(analytics).start(stored, at: moment)) == 0)
        #expect(try !files().contains("dead.run"))
    }

    @Test func tellsOfACrashAtTheNextStart() throws {
        run()
        _ = try leave(boot: time.bootID)
        run()
        run()
        let events = delivered()
        #expect(
            names(events) == firstRun + [
                "Application Crashed", "Application Opened", "Application Terminated", "Application Opened",
                "Application Terminated",
            ], "once")
        #expect(events.allSatisfy { $0["properties"]?.objectValue?["reason"] == nil })
        #expect(try files().isEmpty)
    }

    @Test(arguments: ["another boot", ""]) func takesAPowerCutForNoCrash(_ boot: String) throws {
        run()
        _ = try leave(boot: boot)
        run()
        let events = delivered()
        #expect(names(events) == firstRun + ["Application Opened", "Application Terminated"])
        #expect(events[3]["properties"]?.objectValue?["reason"] == "power")
    }

    @Test func anInstanceThatRunsIsNotDead() throws {
        run()
        let living = try leave(boot: time.bootID, isLocked: true)
        run()
        #expect(names(delivered()) == firstRun + ["Application Opened", "Application Terminated"])
        #expect(try files() == ["dead.run"])
        close(living)
    }

    @Test func aFileThatHadNoNameYetTellsNothing() throws {
        run()
        _ = try leave(boot: time.bootID, name: ".dead.run")
        run()
        #expect(names(delivered()) == firstRun + ["Application Opened", "Application Terminated"])
        #expect(try files().isEmpty)
    }

    @Test func twoInstancesEndOneByOne() throws {
        let (one, first) = make()
        #expect(one.store(timeout: .seconds(5)) == nil)
        let (other, second) = make()
        #expect(other.store(timeout: .seconds(5)) == nil)
        #expect(try files().count == 2)
        #expect(other.close())
        #expect(try files().count == 1)
        _ = one.flush(timeout: .seconds(5))
        #expect(one.close())
        #expect(try files().isEmpty)
        #expect(!(first.names + second.names).contains("Application Crashed"))
    }
}
