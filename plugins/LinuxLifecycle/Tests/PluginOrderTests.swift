// SPDX-License-Identifier: MIT
import AmplitudeSession
import FileDestination
import Footfall
import LinuxContext
import LinuxLifecycle
import TestSupport
import Testing

/// The order in which a host adds its plugins does not decide which events they see.
@Suite struct PluginOrderTests {
    private struct Stamp: Equatable {
        var names: [String]
        var events: [JSONObject]
    }

    /// One start of an application that adds its plugins in an order, and then makes three calls.
    private func start(_ order: [Int], callsAtConstruction: Bool) throws -> Stamp {
        let directory = TemporaryDirectory()
        let delivery = RecordingDelivery()
        let configuration = Configuration.test(directory, TestClock()).application(id: "com.example.Kiosk")
            .trackApplicationLifecycleEvents(true)
        var session = SessionConfiguration.web
        session.sendsMarkersToAll = true
        let all: [any Plugin] = [
            AmplitudeSession(configuration: session), LinuxContext(), LinuxLifecycle(observesLogind: false),
            RecordingDestination(delivery), Enrichment(),
            FileDestination(path: "\(directory.path)/events.ndjson"),
        ]
        nonisolated(unsafe) let plugins = order.map { all[$0] }
        let analytics: Analytics
        if callsAtConstruction {
            analytics = Analytics(configuration: configuration, plugins: plugins)
        } else {
            analytics = Analytics(configuration: configuration)
            for plugin in plugins {
                nonisolated(unsafe) let plugin = plugin
                analytics.add(plugin: plugin)
            }
        }
        analytics.identify(userId: "ada")
        analytics.track(name: "Badge Scanned")
        analytics.screen(title: "Lobby")
        #expect(analytics.flush(timeout: .seconds(60)).isDelivered)
        // Without what the end of the application adds.
        let stamp = Stamp(names: delivery.names, events: delivery.bodies.map(withoutIds))
        #expect(analytics.close(timeout: .seconds(10)))
        return stamp
    }

    private func withoutIds(_ event: JSONObject) -> JSONObject {
        var event = event
        event["messageId"] = nil
        event["anonymousId"] = nil
        // Read from the machine, and sorted by the order of the plugins that put it in.
        let context = event["context"]?.objectValue ?? JSONObject()
        event["context"] = .array(context.map(\.key).sorted().map { .string($0) })
        return event
    }

    @Test func everyOrderGivesTheSameEvents() throws {
        var random = SplitMix64()
        let expected = try start(Array(0..<6), callsAtConstruction: true)
        #expect(
            expected.names == [
                "session_start", "Application Installed", "Application Opened", "identify", "Badge Scanned", "screen",
            ])
        for event in expected.events {
            let keys = event["context"]?.arrayValue ?? []
            #expect(keys.contains("enriched") && keys.contains("os"), "\(event)")
            #expect(event["integrations"]?.objectValue?["Actions Amplitude"] != nil, "\(event)")
        }
        let times = expected.events.compactMap { $0["timestamp"]?.stringValue }
        #expect(times == times.sorted())
        #expect(expected.events.prefix(3).allSatisfy { $0["userId"] == nil }, "they come before the identify call")
        for round in 1...200 {
            let order = Array(0..<6).shuffled(using: &random)
            let seen = try start(order, callsAtConstruction: round % 2 == 0)
            #expect(seen == expected, "order \(order)")
            guard seen == expected else { return }
        }
    }

    @Test func aPluginThatIsAddedAfterACallStartsBehindIt() throws {
        let directory = TemporaryDirectory()
        let delivery = RecordingDelivery()
        let time = TestClock()
        let analytics = Analytics(
            configuration: .test(directory, time).application(id: "x").trackApplicationLifecycleEvents(true),
            plugins: [RecordingDestination(delivery)])
        analytics.identify(userId: "ada")
        time.advance(.seconds(60))
        analytics.add(plugin: LinuxLifecycle(events: [.opened], observesLogind: false))
        time.advance(.seconds(60))
        #expect(analytics.flush(timeout: .seconds(10)).isDelivered)
        #expect(delivery.names == ["identify", "Application Opened"])
        #expect(delivery.bodies[1]["userId"] == "ada")
        #expect(delivery.bodies[1]["timestamp"] == "2023-11-14T22:14:20.000Z", "the time of the call that added it")
        #expect(analytics.close())
    }

    @Test func aHostThatMakesNoCallIsStartedAfterASecond() throws {
        let directory = TemporaryDirectory()
        let analytics = Analytics(
            configuration: .test(directory, TestClock()).application(id: "x").trackApplicationLifecycleEvents(true),
            plugins: [LinuxLifecycle(observesLogind: false), RecordingDestination()])
        #expect(poll { analytics.counters.stored == 2 })
        #expect(analytics.close())
    }
}

private final class Enrichment: Plugin {
    let type = PluginType.enrichment
    func execute(_ event: inout Event) -> Verdict {
        event.context["enriched"] = true
        return .keep
    }
}
