// SPDX-License-Identifier: MIT
import CSystem
import Footfall
import FootfallStore
import Glibc
import TestSupport
import Testing

@Suite struct StoringTests {
    let directory = TemporaryDirectory()

    @Test func storesEventsWithoutADestinationAndGivesThemToTheFirst() throws {
        let early = Analytics(configuration: .test(directory))
        early.track(name: "A")
        early.track(name: "private", options: CallOptions(integrations: ["All": false]))
        early.track(name: "B")
        #expect(early.close())

        let delivery = RecordingDelivery()
        let late = Analytics(configuration: .test(directory))
        late.add(plugin: RecordingDestination(delivery))
        late.track(name: "C")
        #expect(late.flush(timeout: .seconds(5)).queued == 0)
        #expect(delivery.names == ["A", "B", "C"])
        #expect(try lawHolds(directory))
        #expect(late.close())
    }

    @Test func aSecondDestinationBeginsAtTheEnd() throws {
        let first = RecordingDelivery()
        let second = RecordingDelivery()
        let analytics = Analytics(configuration: .test(directory))
        analytics.add(plugin: RecordingDestination(name: "first", first))
        analytics.track(name: "A")
        analytics.add(plugin: RecordingDestination(name: "second", second))
        analytics.track(name: "B")
        _ = analytics.flush(timeout: .seconds(5))
        #expect(first.names == ["A", "B"])
        #expect(second.names == ["B"])
        #expect(analytics.close())
    }

    @Test func takesTheEventsOfAProcessWithoutDestinationsToThoseOfTheStore() {
        let delivery = RecordingDelivery()
        let app = Analytics(configuration: .test(directory))
        app.add(plugin: RecordingDestination(delivery))
        app.track(name: "app")
        #expect(app.store(timeout: .seconds(5)) == nil)
        let script = Analytics(configuration: .test(directory))
        script.track(name: "script")
        script.track(name: "refused", options: CallOptions(integrations: ["recording": false]))
        #expect(script.close())
        #expect(script.counters.dropped == [.unrouted: 1])
        _ = app.flush(timeout: .seconds(5))
        #expect(delivery.names == ["app", "script"])
        #expect(app.close())
    }

    @Test func aCommandMakesItsEventSafeInOneCommit() throws {
        for _ in 0..<3 {
            let command = Analytics(configuration: .test(directory).role(.command), usesSpool: false)
            command.track(name: "A")
            #expect(command.store(timeout: .seconds(5)) == nil)
            #expect(command.close())
        }
        #expect(try inspect(directory) { try $0.counters.value(CounterTable.stored) } == 3)
        #expect(try inspect(directory) { try $0.counters.value(CounterTable.syncs) } == 0)
    }

    @Test func dropsWhatIsTooLargeAndKeepsTheRest() {
        let errors = ErrorLog()
        let analytics = Analytics(
            configuration: Configuration.test(directory).errors(to: errors))
        analytics.track(name: "small")
        analytics.track(name: "large", properties: ["x": .string(String(repeating: "x", count: 33_000))])
        analytics.track(name: "huge", properties: ["x": .string(String(repeating: "x", count: 3_000_000))])
        analytics.track(name: "")
        analytics.track(name: "small")
        #expect(analytics.close())
        #expect(analytics.counters.stored == 2)
        #expect(analytics.counters.dropped == [.tooLarge: 2, .invalid: 1])
        #expect(errors.codes == [.eventTooLarge, .invalidEvent, .eventTooLarge])
        #expect(
            errors.errors.map(\.message).filter { $0.hasSuffix("send less") } == [
                "the event huge is larger than 32 KiB and was dropped; send less",
                "the event large is larger than 32 KiB and was dropped; send less",
            ])
    }

    @Test func anImmediateEventIsInTheStoreWhenItsCallReturns() throws {
        let analytics = Analytics(configuration: .test(directory))
        analytics.track(name: "first")
        #expect(analytics.store(timeout: .seconds(5)) == nil)
        for number in 1...3 {
            analytics.track(name: "immediate", options: CallOptions(durability: .immediate))
            #expect(try inspect(directory) { try $0.counters.value(CounterTable.stored) } == Int64(number) + 1)
        }
        #expect(analytics.close())
    }

    @Test func anImmediateEventOfAPluginWaitsForNothing() {
        final class Echo: Plugin {
            let type = PluginType.before
            weak var analytics: Analytics?
            func configure(analytics: Analytics) { self.analytics = analytics }
            func execute(_ event: inout Event) -> Verdict {
                if event.event == "heard" {
                    analytics?.track(name: "echo", options: CallOptions(durability: .immediate))
                }
                return .keep
            }
        }
        let errors = ErrorLog()
        let analytics = Analytics(
            configuration: .test(directory).errors(to: errors))
        analytics.add(plugin: Echo())
        analytics.track(name: "heard")
        #expect(analytics.store(timeout: .seconds(60)) == nil)
        #expect(analytics.store(timeout: .seconds(60)) == nil)
        #expect(errors.codes.isEmpty, "it would wait for itself until that is overdue")
        #expect(analytics.counters.stored == 2)
        #expect(analytics.close())
    }

    @Test func aFlushThatCouldNotStoreEverythingDoesNotSayThatAllIsDelivered() {
        let goesOn = Signal()
        let analytics = Analytics(configuration: .test(directory))
        analytics.add(enrichment: { _ in
            _ = goesOn.wait()
            return .keep
        })
        analytics.track(name: "A")
        // Not known before the event ahead of it is stored.
        analytics.add(plugin: RecordingDestination())
        let report = analytics.flush(timeout: .milliseconds(50))
        #expect(!report.isDelivered)
        #expect(report.problems == [FootfallError.overdue.message])
        goesOn.raise()
        #expect(analytics.flush(timeout: .seconds(60)).isDelivered)
        #expect(analytics.close())
    }

    @Test func writesNumbersAsTheyCameIn() throws {
        let delivery = RecordingDelivery()
        let analytics = Analytics(configuration: .test(directory))
        analytics.add(plugin: RecordingDestination(delivery))
        let text =
            #"{"a":1790000000123,"b":9007199254740993,"c":18446744073709551615,"d":1.5,"e":0.1000000000000000055,"f":true}"#
        let properties = try #require(JSONParser.parse(text).objectValue)
        analytics.track(name: "A", properties: properties)
        _ = analytics.flush(timeout: .seconds(5))
        #expect(delivery.bodies.first?["properties"]?.text == text)
        #expect(analytics.close())
    }

    @Test func readsBackFromTheSpoolWhatTheMailboxDoesNotHold() throws {
        final class Held: Plugin {
            let type = PluginType.before
            private let mayGoOn: Signal
            private var isHeld = true
            init(_ mayGoOn: Signal) { self.mayGoOn = mayGoOn }
            func execute(_ event: inout Event) -> Verdict {
                if isHeld { isHeld = !mayGoOn.wait() }
                return .keep
            }
        }
        let mayGoOn = Signal()
        let delivery = RecordingDelivery()
        let analytics = Analytics(configuration: .test(directory))
        analytics.add(plugin: Held(mayGoOn))
        analytics.add(plugin: RecordingDestination(delivery))
        for number in Int64(0)..<7_000 {
            analytics.track(name: "e", properties: ["n": .int(number)])
            if number == 6_000 { analytics.identify(userId: "late") }
        }
        analytics.track(name: "deferred", enrichments: [{ _ in .keep }])
        mayGoOn.raise()
        #expect(analytics.flush(timeout: .seconds(30)).queued == 0)
        let numbers = delivery.bodies.compactMap { $0["properties"]?.objectValue?["n"]?.intValue }
        #expect(numbers.count == 7_000)
        #expect(numbers.elementsEqual(0..<7_000), "the order of the calls")
        #expect(delivery.names.last == "deferred" || analytics.counters.dropped[.overflow] == 1)
        #expect(delivery.bodies.last?["userId"] == "late")
        #expect(analytics.close())
        #expect(try inspect(directory) { try $0.counters.value(CounterTable.rows) } == 0)
    }

    @Test func makesFilesForTheirOwnerOnly() throws {
        let analytics = Analytics(configuration: .test(directory).stateDirectory("\(directory.path)/deep/er"))
        analytics.track(name: "A")
        #expect(analytics.store(timeout: .seconds(5)) == nil)
        for (path, mode) in [
            ("", 0o700), ("/spool", 0o700), ("/store.db", 0o600), ("/store.db-wal", 0o600), ("/identity.json", 0o600),
        ] as [(String, mode_t)] {
            var status = stat()
            #expect(stat("\(directory.path)/deep/er\(path)", &status) == 0, "\(path)")
            #expect(status.st_mode & 0o777 == mode, "\(path)")
        }
        #expect(analytics.close())
    }

    @Test func eightThreadsTrackInOrderWithoutLoss() {
        let delivery = RecordingDelivery()
        let analytics = Analytics(configuration: .test(directory))
        analytics.add(plugin: RecordingDestination(delivery))
        onThreads(8) { thread in
            for number in 0..<1_000 {
                analytics.track(name: "e", properties: ["thread": .int(Int64(thread)), "n": .int(Int64(number))])
            }
        }
        #expect(analytics.flush(timeout: .seconds(30)).queued == 0)
        for thread in 0..<8 {
            let numbers = delivery.bodies.compactMap(\.["properties"]?.objectValue)
                .filter { $0["thread"] == .int(Int64(thread)) }.compactMap { $0["n"]?.intValue }
            #expect(numbers == Array(0..<1_000))
        }
        #expect(Set(delivery.bodies.compactMap { $0["messageId"]?.stringValue }).count == 8_000)
        #expect(analytics.close())
    }

    @Test func leavesTheSpoolForItsDiskOnlyAfterSeveralSlowWrites() {
        let errors = ErrorLog()
        let slowness = Guarded<Int64>(0)
        let time = Guarded<Int64>(0)
        var configuration = Configuration.test(directory).errors(to: errors)
        // Each reading of the clock takes as long as `slowness` says.
        configuration.clock.boot = {
            ftf_boot_nanoseconds()
                + time.read { time in
                    time += slowness.current
                    return time
                }
        }
        let analytics = Analytics(configuration: configuration)
        func track(_ count: Int, slow: Bool) {
            slowness.read { $0 = slow ? 6_000_000 : 0 }
            for _ in 0..<count { analytics.track(name: "A") }
            slowness.read { $0 = 0 }
        }
        track(2, slow: true)
        track(1, slow: false)
        track(2, slow: true)
        #expect(errors.codes.isEmpty)
        track(1, slow: true)
        #expect(errors.codes == [.spoolUnavailable])
        #expect(analytics.close())
        #expect(analytics.counters.stored == 6)
    }
}
