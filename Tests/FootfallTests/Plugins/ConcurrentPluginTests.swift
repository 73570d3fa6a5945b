// SPDX-License-Identifier: MIT
import Footfall
import TestSupport
import Testing

/// Marks each event with its name, and notes what it misses: the mark of the plugin that was
/// added before it, or its place in its life.
private final class Marker: Plugin {
    let type = PluginType.enrichment
    private let mark: String
    private let base: String?
    private let ledger: Guarded<Ledger>
    private var isAlive = false

    struct Ledger {
        var configured = 0
        var shutDown = 0
        var events = 0
        var faults: [String] = []
    }

    init(_ mark: String, on base: String? = nil, _ ledger: Guarded<Ledger>) {
        self.mark = mark
        self.base = base
        self.ledger = ledger
    }

    func configure(analytics: Analytics) {
        if isAlive { fault("was configured twice") }
        isAlive = true
        ledger.read { $0.configured += 1 }
    }

    func execute(_ event: inout Event) -> Verdict {
        if !isAlive { fault("got an event outside of its life") }
        if let base, event.context[base] == nil { fault("saw an event without \(base), which was there") }
        if event.context[mark] != nil { fault("saw an event twice") }
        event.context[mark] = true
        ledger.read { $0.events += 1 }
        return .keep
    }

    func shutdown() {
        if !isAlive { fault("was shut down twice") }
        isAlive = false
        ledger.read { $0.shutDown += 1 }
    }

    private func fault(_ what: String) { ledger.read { $0.faults.append("\(mark) \(what)") } }
}

@Suite struct ConcurrentPluginTests {
    /// A plugin is there for the calls between its `add` and its `remove`, whatever other
    /// threads do: each event sees the list as it was at its call.
    @Test func eachEventSeesAConsistentListWhileFourThreadsChangeIt() {
        let directory = TemporaryDirectory()
        let delivery = RecordingDelivery()
        let ledger = Guarded(Marker.Ledger())
        let analytics = Analytics(configuration: .test(directory), plugins: [RecordingDestination(delivery)])
        let rounds = 60
        let calls = 200
        onThreads(8) { thread in
            guard thread < 4 else {
                for number in 0..<calls { analytics.track(name: "\(thread)", properties: ["n": .int(Int64(number))]) }
                return
            }
            for _ in 0..<rounds {
                // The second is added behind the first, and removed before it.
                let first = analytics.add(plugin: Marker("first\(thread)", ledger))
                let second = analytics.add(plugin: Marker("second\(thread)", on: "first\(thread)", ledger))
                analytics.track(name: "own", properties: ["both": .int(Int64(thread))])
                _ = analytics.findAll(Marker.self).count
                second.remove()
                analytics.track(name: "own", properties: ["one": .int(Int64(thread))])
                first.remove()
                analytics.track(name: "own", properties: ["none": .int(Int64(thread))])
            }
        }
        #expect(analytics.flush(timeout: .seconds(60)).isDelivered)

        let seen = ledger.current
        #expect(seen.faults == [])
        #expect(seen.configured == 4 * rounds * 2)
        #expect(seen.shutDown == 4 * rounds * 2)
        #expect(seen.events >= 4 * rounds * 3, "each thread's own events see its plugins")
        #expect(analytics.findAll(Marker.self).isEmpty)
        for body in delivery.bodies where body["event"] == "own" {
            let properties = body["properties"]?.objectValue ?? [:]
            let context = body["context"]?.objectValue ?? [:]
            guard let (which, thread) = properties.first(where: { _ in true }) else { continue }
            let number = thread.intValue ?? -1
            #expect((context["first\(number)"] != nil) == (which != "none"), "\(body)")
            #expect((context["second\(number)"] != nil) == (which == "both"), "\(body)")
        }
        // Each thread's calls keep their order.
        for thread in 4..<8 {
            let numbers = delivery.bodies.filter { $0["event"] == .string("\(thread)") }
                .compactMap { $0["properties"]?.objectValue?["n"]?.intValue }
            #expect(numbers == Array(0..<Int64(calls)))
        }
        #expect(analytics.close())
    }
}
