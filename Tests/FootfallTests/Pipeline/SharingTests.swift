// SPDX-License-Identifier: MIT
import Footfall
import FootfallStore
import TestSupport
import Testing

/// Two clients on one directory stand for two processes: their locks, stores
/// and spools are their own.
@Suite struct SharingTests {
    let directory = TemporaryDirectory()

    @Test func aFlushElsewhereIsDoneByTheProcessThatDelivers() throws {
        let app = Analytics(configuration: .test(directory))
        let delivered = RecordingDelivery()
        app.add(plugin: RecordingDestination(delivered))
        app.track(name: "app")
        #expect(app.flush(timeout: .seconds(5)).queued == 0)

        let script = Analytics(configuration: .test(directory).delivers(false))
        let unused = RecordingDelivery()
        script.add(plugin: RecordingDestination(unused))
        script.track(name: "script")
        let report = script.flush(timeout: .seconds(10))
        #expect(report.queued == 0)
        #expect(report.delivered == 1)
        #expect(delivered.names == ["app", "script"])
        #expect(unused.names.isEmpty)
        #expect(try lawHolds(directory))
        #expect(script.close())
        #expect(app.close())
    }

    @Test func aFlushElsewhereSaysWhyTheProcessThatDeliversDoesNot() throws {
        let app = Analytics(configuration: .test(directory))
        app.add(
            plugin: RecordingDestination(
                RecordingDelivery(outcomes: [.accepted, .blocked("told so"), .blocked("told so")])))
        app.track(name: "app")
        #expect(app.flush(timeout: .seconds(5)).queued == 0)

        let script = Analytics(configuration: .test(directory).delivers(false))
        script.add(plugin: RecordingDestination())
        script.track(name: "script")
        let report = script.flush(timeout: .seconds(10))
        #expect(report.queued == 1)
        #expect(report.problems.first?.contains("delivers for it: told so") == true, "\(report.problems)")
        #expect(script.close())
        #expect(app.close())
    }

    @Test func theNextProcessDeliversWhenTheFirstIsGone() throws {
        let app = Analytics(configuration: .test(directory))
        app.add(plugin: RecordingDestination())
        app.track(name: "app")
        #expect(app.flush(timeout: .seconds(5)).queued == 0)
        #expect(app.close())
        let delivered = RecordingDelivery()
        let script = Analytics(configuration: .test(directory))
        script.add(plugin: RecordingDestination(delivered))
        script.track(name: "script")
        #expect(script.flush(timeout: .seconds(10)).queued == 0)
        #expect(delivered.names == ["script"])
        #expect(script.close())
    }
}
