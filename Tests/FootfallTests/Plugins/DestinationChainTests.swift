// SPDX-License-Identifier: MIT
import Footfall
import TestSupport
import Testing

/// Notes the events that it sees, and marks them.
private final class Marking: Plugin {
    let type: PluginType
    private let mark: String
    private let notes: Guarded<[String]>

    init(_ type: PluginType, _ mark: String, _ notes: Guarded<[String]>) {
        self.type = type
        self.mark = mark
        self.notes = notes
    }

    func execute(_ event: inout Event) -> Verdict {
        let seen = event.context["marks"]?.stringValue ?? ""
        notes.read { $0.append("\(mark):\(event.event ?? "")[\(seen)]") }
        event.context["marks"] = .string(seen + mark)
        return .keep
    }
}

/// A destination's own plugins, and the plugins behind all destinations.
@Suite struct DestinationChainTests {
    let directory = TemporaryDirectory()
    let notes = Guarded<[String]>([])

    @Test func ownPluginsRunForTheirDestinationOnlyAndOnlyForEventsThatItTakes() {
        let one = RecordingDelivery()
        let other = RecordingDelivery()
        let destination = RecordingDestination(name: "one", one)
        for type in [PluginType.after, .enrichment, .before] {
            destination.add(plugin: Marking(type, "\(type),", notes))
        }
        let analytics = Analytics(
            configuration: .test(directory), plugins: [destination, RecordingDestination(name: "other", other)])
        analytics.track(name: "A")
        analytics.track(name: "B", options: CallOptions(integrations: ["one": false]))
        #expect(analytics.flush(timeout: .seconds(10)).isDelivered)

        #expect(notes.current == ["before,:A[]", "enrichment,:A[before,]", "after,:A[before,enrichment,]"])
        #expect(one.names == ["A"])
        #expect(one.bodies.first?["context"]?.objectValue?["marks"] == "before,enrichment,")
        #expect(other.names == ["A", "B"])
        #expect(other.bodies.allSatisfy { $0["context"]?.objectValue?["marks"] == nil })
        #expect(analytics.close())
    }

    @Test func pluginsBehindTheDestinationsSeeNoneOfTheirChanges() {
        let destination = RecordingDestination()
        destination.add(plugin: Marking(.enrichment, "own", notes))
        let analytics = Analytics(
            configuration: .test(directory), plugins: [Marking(.after, "after", notes), destination])
        analytics.track(name: "A")
        #expect(analytics.flush(timeout: .seconds(10)).isDelivered)
        #expect(notes.current == ["own:A[]", "after:A[]"])
        #expect(analytics.close())
    }

    @Test func aPluginAndItsSubclassAreFoundInTheirOrder() {
        class Base: Plugin {
            let type = PluginType.enrichment
            let label: String
            init(_ label: String) { self.label = label }
        }
        final class Special: Base {}
        let analytics = Analytics(
            configuration: .test(directory), plugins: [Special("first"), RecordingDestination(), Base("second")])
        let all: [String?] = analytics.findAll(Base.self).map { $0.read { $0.label } }
        #expect(all == ["first", "second"])
        let special: [String?] = analytics.findAll(Special.self).map { $0.read { $0.label } }
        #expect(special == ["first"])
        let name: String? = analytics.find(key: "recording")?.read { $0.name }
        #expect(name == "recording")
        #expect(analytics.find(key: "Recording") == nil)
        #expect(analytics.close())
    }
}
