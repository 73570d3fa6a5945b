// SPDX-License-Identifier: MIT
import FootfallStore
import Glibc
import TestSupport
import Testing

@testable import Footfall

@Suite struct StoreLimitTests {
    let directory = TemporaryDirectory()

    private func size() -> Int64 {
        let state = StateDirectory(path: directory.path)
        return [state.database, state.database + "-wal", state.reserve]
            .reduce(0) { sum, path in
                var status = stat()
                return stat(path, &status) == 0 ? sum + Int64(status.st_size) : sum
            }
    }

    private func names() throws -> [String] {
        try storedEvents(directory).map { $0["event"]?.stringValue ?? "?" }
    }

    private func dropped(_ reason: DropReason) throws -> Int64 {
        try inspect(directory) { try $0.counters.value(CounterTable.droppedPrefix + reason.rawValue) }
    }

    @Test func givesTheDiskBackWhatADeliveredBacklogTook() throws {
        let analytics = Analytics(configuration: Configuration.test(directory))
        analytics.add(plugin: RecordingDestination(RecordingDelivery()))
        let text = JSON.string(String(repeating: "x", count: 30_000))
        for number in 1...400 {
            analytics.track(name: "\(number)", properties: ["text": text])
            if number % 50 == 0 { #expect(analytics.store(timeout: .seconds(10)) == nil) }
        }
        #expect(size() > 10 << 20)
        #expect(analytics.flush(timeout: .seconds(20)).isDelivered)
        // The second flush has nothing to deliver.
        #expect(analytics.flush(timeout: .seconds(20)).isDelivered)
        #expect(size() < 1 << 20, "\(size()) bytes are left")
        #expect(analytics.close())
        #expect(try lawHolds(directory))
    }

    @Test func keepsTheNewestAndTheMostImportantWithinTheNumberOfEvents() throws {
        let analytics = Analytics(configuration: Configuration.test(directory).maximumStoredEvents(1_000))
        analytics.track(name: "critical", options: CallOptions(priority: .critical))
        for number in 1...2_500 {
            analytics.track(name: "\(number)")
            if number % 500 == 0 { _ = analytics.store(timeout: .seconds(10)) }
        }
        #expect(analytics.store(timeout: .seconds(10)) == nil)
        #expect(analytics.close())
        let names = try names()
        #expect(names.count <= 1_000)
        #expect(names.first == "critical")
        #expect(names.last == "2500")
        #expect(try Int64(names.count) + dropped(.evicted) == 2_501)
    }

    /// In small transactions, and in the largest.
    @Test(arguments: [50, 1_000], [300, 3_000, 8_000, 30_000])
    func staysWithinItsBytesAtAllTimes(_ together: Int, _ bytes: Int) throws {
        let cap = 4 << 20
        let analytics = Analytics(configuration: Configuration.test(directory).maximumStoreSize(cap))
        let delivery = RecordingDelivery(outcomes: [.blocked("no")])
        analytics.add(plugin: RecordingDestination(delivery))
        let text = JSON.string(String(repeating: "x", count: bytes))
        var largest: Int64 = 0
        let count = 3 * cap / (bytes + 400)
        // At most as many as a spool holds.
        let together = min(together, (8 << 20) / bytes)
        for number in 1...count {
            analytics.track(name: "\(number)", properties: ["text": text])
            if number % together == 0 {
                #expect(analytics.store(timeout: .seconds(10)) == nil)
                largest = max(largest, size())
            }
        }
        #expect(analytics.close())
        #expect(largest <= Int64(cap) + (512 << 10), "\(largest)")
        #expect(largest > Int64(cap) / 2, "it is not what is tested")
        #expect(try lawHolds(directory))
        let rows = try inspect(directory) { try $0.counters.value(CounterTable.rows) }
        #expect(try rows + dropped(.evicted) == count)
    }

    @Test func removesWhatIsTooOldByTheTimeOfTheMachine() throws {
        let time = TestClock()
        let analytics = Analytics(configuration: Configuration.test(directory, time).maximumEventAge(.seconds(86_400)))
        for number in 1...10 { analytics.track(name: "\(number)") }
        #expect(analytics.store(timeout: .seconds(10)) == nil)
        time.advance(.seconds(86_400 + 7_200))
        analytics.track(name: "new")
        #expect(analytics.store(timeout: .seconds(10)) == nil)
        #expect(analytics.close())
        #expect(try names() == ["new"])
        #expect(try dropped(.expired) == 10)
    }

    @Test func aStepOfTheClockAgesNothing() throws {
        let time = TestClock(wall: 5_000)
        let analytics = Analytics(configuration: .test(directory, time))
        for number in 1...100 { analytics.track(name: "\(number)") }
        #expect(analytics.store(timeout: .seconds(10)) == nil)
        for step in [1_795_000_000, 1_048_000_000, -2_000_000_000] as [Int64] {
            time.step(.seconds(step))
            time.advance(.seconds(3_700))
            analytics.track(name: "tick")
            #expect(analytics.store(timeout: .seconds(10)) == nil)
        }
        #expect(analytics.close())
        #expect(try names().count == 103)
    }

    @Test func theSumsHoldWhenADeadLetterMakesRoom() throws {
        let analytics = Analytics(configuration: Configuration.test(directory).maximumStoredEvents(100))
        let delivery = RecordingDelivery(refuses: { $0.objectValue?["event"] == "bad" })
        analytics.add(plugin: RecordingDestination(delivery))
        analytics.track(name: "bad")
        analytics.track(name: "good")
        #expect(analytics.flush(timeout: .seconds(10)).queued == 0)
        #expect(try lawHolds(directory))
        for number in 1...300 {
            analytics.track(name: "\(number)")
            if number % 50 == 0 { _ = analytics.store(timeout: .seconds(10)) }
        }
        #expect(analytics.close())
        #expect(try lawHolds(directory))
    }
}
