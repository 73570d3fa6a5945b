// SPDX-License-Identifier: MIT
import Footfall
import TestSupport
import Testing

/// Counts its events; one called `Block` waits until a test lets it go.
private final class Counter: Plugin {
    let type = PluginType.enrichment
    var seen = 0
    private let isHeld: Guarded<Bool>

    init(_ isHeld: Guarded<Bool>) { self.isHeld = isHeld }

    func execute(_ event: inout Event) -> Verdict {
        if event.event == "Block" { _ = poll { !isHeld.current } }
        seen += 1
        return .keep
    }
}

@Suite struct PluginHandleTests {
    let directory = TemporaryDirectory()
    private let isHeld = Guarded(true)

    @Test func readGivesUpWhenThePluginIsBusyAndItsClosureIsNotCalledLater() {
        let analytics = Analytics(configuration: .test(directory))
        let counter = analytics.add(plugin: Counter(isHeld))
        analytics.track(name: "Block")
        let calls = Guarded(0)
        let answer: Int? = counter.read(timeout: .milliseconds(20)) { counter in
            calls.read { $0 += 1 }
            return counter.seen
        }
        #expect(answer == nil)
        isHeld.read { $0 = false }
        #expect(counter.read { $0.seen } == 1)
        #expect(calls.current == 0)
        #expect(analytics.close())
    }

    @Test func performDoesNotWaitAndRunsBehindWhatWasCalled() {
        let analytics = Analytics(configuration: .test(directory))
        let counter = analytics.add(plugin: Counter(isHeld))
        let seen = Guarded<[Int]>([])
        analytics.track(name: "Block")
        #expect(counter.perform { counter in seen.read { $0.append(counter.seen) } })
        analytics.track(name: "A")
        #expect(counter.perform { counter in seen.read { $0.append(counter.seen) } })
        #expect(seen.current.isEmpty)
        isHeld.read { $0 = false }
        #expect(analytics.close())
        #expect(seen.current == [1, 2])
        #expect(!counter.perform { _ in })
        #expect(counter.read { $0.seen } == nil)
    }

    @Test func performIsNotCalledForAPluginThatWasRemoved() {
        let analytics = Analytics(configuration: .test(directory))
        let counter = analytics.add(plugin: Counter(isHeld))
        let calls = Guarded(0)
        counter.remove()
        #expect(counter.perform { _ in calls.read { $0 += 1 } })
        #expect(analytics.close())
        #expect(calls.current == 0)
    }

    @Test func mayBeUsedByAnErrorHandlerOnAnyThread() {
        let readings = Guarded<[Int?]>([])
        let handle = Guarded<PluginHandle<Counter>?>(nil)
        let configuration = Configuration.test(directory).errorHandler { _ in
            guard let handle = handle.current else { return }
            let seen = handle.read { $0.seen }
            handle.perform { $0.seen += 100 }
            readings.read { $0.append(seen) }
        }
        isHeld.read { $0 = false }
        // The uploader's thread reports what the server refused.
        let analytics = Analytics(
            configuration: configuration, plugins: [RecordingDestination(RecordingDelivery(outcomes: [.refused("no")]))]
        )
        handle.read { $0 = analytics.add(plugin: Counter(isHeld)) }
        analytics.track(name: "A")
        _ = analytics.flush(timeout: .seconds(10))
        #expect(readings.current.first == 1)
        let count = readings.current.count
        // This thread reports an event that is none.
        analytics.track(name: "")
        #expect(readings.current.count == count + 1)
        #expect(analytics.close())
    }
}
