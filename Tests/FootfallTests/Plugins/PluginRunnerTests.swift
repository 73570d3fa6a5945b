// SPDX-License-Identifier: MIT
import Footfall
import TestSupport
import Testing

/// Notes each event that it gets, and changes it as the test says.
private final class Noting: Plugin {
    let type: PluginType
    let name: String
    private let notes: Guarded<[String]>
    private let change: @Sendable (inout Event) -> Verdict

    init(
        _ type: PluginType, _ name: String, _ notes: Guarded<[String]>,
        _ change: @escaping @Sendable (inout Event) -> Verdict = { _ in .keep }
    ) {
        self.type = type
        self.name = name
        self.notes = notes
        self.change = change
    }

    func execute(_ event: inout Event) -> Verdict {
        notes.read { $0.append("\(name):\(event.event ?? event.type.rawValue)") }
        return change(&event)
    }

    func shutdown() { notes.read { $0.append("\(name):shutdown") } }
}

/// A destination that delivers and has a hook.
private final class Hooked: DestinationPlugin {
    let name: String
    var key: String { name }
    let usesHooks: Bool
    let timeline = Timeline()
    private let notes: Guarded<[String]>

    init(_ name: String, usesHooks: Bool, _ notes: Guarded<[String]>) {
        self.name = name
        self.usesHooks = usesHooks
        self.notes = notes
    }

    func track(_ event: inout Event) -> Verdict {
        notes.read { $0.append("\(name):\(event.event ?? "")") }
        return .keep
    }

    func makeDelivery() -> (any Delivery)? { RecordingDelivery() }
}

@Suite struct PluginRunnerTests {
    let directory = TemporaryDirectory()
    let notes = Guarded<[String]>([])

    @Test func runsEachPluginOnceAndInTheOrderOfTheTypes() {
        let analytics = Analytics(configuration: .test(directory))
        let destination = RecordingDestination()
        analytics.add(plugin: Noting(.after, "after", notes))
        analytics.add(plugin: Noting(.enrichment, "enrichment", notes))
        analytics.add(plugin: Noting(.before, "before", notes))
        analytics.add(plugin: Noting(.utility, "utility", notes))
        destination.add(plugin: Noting(.enrichment, "sub", notes))
        analytics.add(plugin: destination)
        analytics.track(
            name: "A",
            enrichments: [
                { [notes] _ in
                    notes.read { $0.append("closure") }
                    return .keep
                }
            ])
        #expect(analytics.close())

        #expect(
            notes.current == ["before:A", "enrichment:A", "closure", "sub:A", "after:A"]
                + ["after", "enrichment", "before", "utility", "sub"].map { "\($0):shutdown" })
    }

    @Test func stopsAtAPluginThatDrops() {
        let analytics = Analytics(configuration: .test(directory))
        analytics.add(plugin: Noting(.before, "first", notes) { _ in .drop })
        analytics.add(plugin: Noting(.before, "second", notes))
        analytics.track(name: "A")
        #expect(analytics.close())

        #expect(notes.current.first == "first:A")
        #expect(!notes.current.contains("second:A"))
        #expect(analytics.counters.dropped == [.plugin: 1])
        #expect(analytics.counters.stored == 0)
    }

    @Test func keepsAChangeMadeInADestinationInThatDestination() throws {
        let analytics = Analytics(configuration: .test(directory))
        let one = RecordingDelivery()
        let other = RecordingDelivery()
        let changing = RecordingDestination(name: "one", one)
        changing.add(
            plugin: Noting(.enrichment, "sub", notes) { event in
                event.properties["only"] = "one"
                return .keep
            })
        analytics.add(plugin: changing)
        analytics.add(plugin: RecordingDestination(name: "other", other))
        analytics.track(name: "A", properties: ["x": 1])
        let report = analytics.flush(timeout: .seconds(5))
        #expect(analytics.close())

        #expect(report.queued == 0)
        #expect(one.bodies.first?["properties"] == ["x": 1, "only": "one"])
        #expect(other.bodies.first?["properties"] == ["x": 1])
        #expect(try lawHolds(directory))
    }

    @Test func callsADestinationsHooksOnlyWhenItUsesHooks() {
        let analytics = Analytics(configuration: .test(directory))
        let silent = Hooked("silent", usesHooks: false, notes)
        silent.add(plugin: Noting(.enrichment, "sub", notes))
        analytics.add(plugin: silent)
        analytics.add(plugin: Hooked("loud", usesHooks: true, notes))
        analytics.track(name: "A")
        #expect(analytics.close())
        #expect(notes.current.prefix(2) == ["sub:A", "loud:A"])
    }

    @Test func givesARemovedPluginNothingMore() {
        let analytics = Analytics(configuration: .test(directory))
        let handle = analytics.add(plugin: Noting(.before, "p", notes))
        analytics.track(name: "A")
        analytics.remove(handle)
        analytics.track(name: "B")
        #expect(analytics.close())
        #expect(notes.current == ["p:A", "p:shutdown"])
    }

    @Test func findsPluginsByTypeAndReadsFromThem() {
        let analytics = Analytics(configuration: .test(directory))
        analytics.add(plugin: Noting(.before, "p", notes))
        #expect(analytics.find(RecordingDestination.self) == nil)
        let type: PluginType? = analytics.find(Noting.self)?.read { $0.type }
        #expect(type == .before)
        #expect(analytics.close())
    }

    @Test func routesByIntegrations() {
        let analytics = Analytics(configuration: .test(directory))
        let segment = RecordingDelivery()
        let other = RecordingDelivery()
        analytics.add(plugin: RecordingDestination(name: "segment", key: "Segment.io", segment))
        analytics.add(plugin: RecordingDestination(name: "other", other))
        let choices: [(String, JSONObject)] = [
            ("both", [:]), ("segment", ["All": false]), ("named", ["All": false, "other": true]),
            ("object", ["All": false, "other": ["x": 1]]), ("refused", ["other": false]),
            ("nobody", ["All": false, "Segment.io": false]),
        ]
        for (name, integrations) in choices {
            analytics.track(name: name, options: CallOptions(integrations: integrations))
        }
        _ = analytics.flush(timeout: .seconds(5))
        #expect(segment.names == ["both", "segment", "named", "object", "refused"])
        #expect(other.names == ["both", "named", "object"])
        #expect(analytics.counters.dropped == [.unrouted: 1])
        #expect(analytics.close())
    }

    @Test func aPluginsOwnEventComesAfterWhatIsQueued() {
        final class Echo: EventPlugin {
            let type = PluginType.enrichment
            private weak var analytics: Analytics?
            func configure(analytics: Analytics) { self.analytics = analytics }
            func track(_ event: inout Event) -> Verdict {
                if event.event == "A" { analytics?.track(name: "echo") }
                return .keep
            }
        }
        let analytics = Analytics(configuration: .test(directory))
        let delivery = RecordingDelivery()
        analytics.add(plugin: Echo())
        analytics.add(plugin: RecordingDestination(delivery))
        analytics.track(name: "A")
        analytics.track(name: "B")
        _ = analytics.flush(timeout: .seconds(5))
        _ = analytics.flush(timeout: .seconds(5))
        #expect(delivery.names == ["A", "B", "echo"])
        #expect(analytics.close())
    }

    @Test func waitingCallsFromAPluginAreErrorsAndNeverDeadlocks() {
        final class Impatient: EventPlugin {
            let type = PluginType.enrichment
            private weak var analytics: Analytics?
            func configure(analytics: Analytics) { self.analytics = analytics }
            func track(_ event: inout Event) -> Verdict {
                _ = analytics?.flush(timeout: .seconds(30))
                return .keep
            }
        }
        let errors = ErrorLog()
        let analytics = Analytics(
            configuration: Configuration.test(directory).errors(to: errors))
        analytics.add(plugin: Impatient())
        analytics.track(name: "A")
        #expect(analytics.close())
        #expect(errors.codes == [.wouldDeadlock])
        #expect(analytics.counters.stored == 1)
    }
}
