// SPDX-License-Identifier: MIT
import TestSupport
import Testing

@testable import Footfall

/// Closures that are given with a call: each changes the event of its call alone.
@Suite struct CallEnrichmentTests {
    /// The calls that take closures.
    enum Call: String, CaseIterable, Sendable {
        case track, identify, screen, page, group, alias, process

        func make(on analytics: Analytics, _ enrichments: [EnrichmentClosure]) {
            switch self {
            case .track: analytics.track(name: "A", enrichments: enrichments)
            case .identify: analytics.identify(userId: "ada", enrichments: enrichments)
            case .screen: analytics.screen(title: "A", enrichments: enrichments)
            case .page: analytics.page(title: "A", enrichments: enrichments)
            case .group: analytics.group(groupId: "A", enrichments: enrichments)
            case .alias: analytics.alias(newId: "ada", enrichments: enrichments)
            case .process:
                var event = Event(type: .track, timestamp: Timestamp(milliseconds: 0))
                event.event = "A"
                analytics.process(event, enrichments: enrichments)
            }
        }

        var type: String { self == .process ? "track" : rawValue }
    }

    let directory = TemporaryDirectory()
    let delivery = RecordingDelivery()

    private func client(_ plugins: sending [any Plugin] = []) -> Analytics {
        let analytics = Analytics(configuration: .test(directory, TestClock()), plugins: plugins)
        analytics.add(plugin: RecordingDestination(delivery))
        return analytics
    }

    private static func marking(_ text: String) -> EnrichmentClosure {
        { event in
            event.context["mark"] = .string("\(event.context["mark"]?.stringValue ?? "")\(text)")
            return .keep
        }
    }

    private var marks: [String?] { delivery.bodies.map { $0["context"]?.objectValue?["mark"]?.stringValue } }

    @Test(arguments: Call.allCases) func changeTheEventOfTheirCallAlone(_ call: Call) {
        let analytics = client()
        call.make(on: analytics, [])
        call.make(on: analytics, [Self.marking("a"), Self.marking("b")])
        call.make(on: analytics, [])
        #expect(analytics.flush(timeout: .seconds(10)).isDelivered)
        #expect(delivery.bodies.map { $0["type"] } == Array(repeating: .string(call.type), count: 3))
        #expect(marks == [nil, "ab", nil])
        #expect(analytics.close())
    }

    @Test(arguments: Call.allCases) func dropTheEventOfTheirCallAloneAndCountIt(_ call: Call) {
        let analytics = client()
        call.make(on: analytics, [])
        call.make(on: analytics, [{ _ in .drop }, Self.marking("never")])
        call.make(on: analytics, [])
        #expect(analytics.flush(timeout: .seconds(10)).isDelivered)
        #expect(delivery.bodies.count == 2)
        #expect(marks == [nil, nil])
        #expect(analytics.counters.dropped == [.plugin: 1])
        #expect(analytics.close())
    }

    /// The first plugin holds the pipeline's thread until all calls are made.
    private final class Holding: Plugin {
        let type = PluginType.utility
        private let signal: Signal
        init(_ signal: Signal) { self.signal = signal }
        func configure(analytics: Analytics) { _ = signal.wait() }
    }

    @Test func changeEventsThatWereQueuedBeforeTheStart() {
        let signal = Signal()
        let analytics = client([Holding(signal)])
        for (place, call) in Call.allCases.enumerated() { call.make(on: analytics, [Self.marking("\(place)")]) }
        #expect(delivery.bodies.isEmpty)
        signal.raise()
        #expect(analytics.flush(timeout: .seconds(10)).isDelivered)
        #expect(delivery.bodies.map { $0["type"]?.stringValue } == Call.allCases.map(\.type))
        #expect(marks == Call.allCases.indices.map { "\($0)" })
        #expect(analytics.close())
    }

    @Test func eventsThatWereQueuedBeforeTheStartKeepTheirTimesAndIds() {
        let signal = Signal()
        let clock = TestClock()
        let analytics = Analytics(configuration: .test(directory, clock), plugins: [Holding(signal)])
        analytics.add(plugin: RecordingDestination(delivery))
        for name in ["A", "B", "C"] {
            analytics.track(name: name, options: CallOptions(messageId: "id-\(name)"))
            clock.advance(.seconds(10))
        }
        signal.raise()
        #expect(analytics.flush(timeout: .seconds(10)).isDelivered)
        #expect(delivery.names == ["A", "B", "C"])
        #expect(delivery.bodies.map { $0["messageId"] } == ["id-A", "id-B", "id-C"])
        #expect(
            delivery.bodies.map { $0["timestamp"] } == [
                "2023-11-14T22:13:20.000Z", "2023-11-14T22:13:30.000Z", "2023-11-14T22:13:40.000Z",
            ])
        #expect(analytics.close())
    }

    @Test func runBehindTheEnrichmentPlugins() {
        let analytics = client()
        analytics.add(enrichment: Self.marking("plugin,"))
        analytics.track(name: "A", enrichments: [Self.marking("call")])
        #expect(analytics.flush(timeout: .seconds(10)).isDelivered)
        #expect(marks == ["plugin,call"])
        #expect(analytics.close())
    }
}
