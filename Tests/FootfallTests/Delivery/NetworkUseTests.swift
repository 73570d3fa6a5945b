// SPDX-License-Identifier: MIT
import FootfallCollector
import TestSupport
import Testing

@testable import Footfall

/// What is sent over a network that the host closed or metered.
@Suite struct NetworkUseTests: DeliveryBench {
    let directory = TemporaryDirectory()

    // MARK: - Requests

    @Test(arguments: PostingDestination.Form.allCases)
    func sendsNothingOverANetworkThatTheHostClosed(_ form: PostingDestination.Form) throws {
        let requests = Guarded(0)
        var settings = CollectorConfiguration()
        settings.answer = { _, _ in
            requests.read { $0 += 1 }
            return .accept
        }
        let collector = try Collector(settings)
        defer { collector.stop() }
        let told = Guarded<[FootfallError]>([])
        let analytics = Analytics(
            configuration: Configuration.test(directory).errorHandler { error in told.read { $0.append(error) } })
        let destination = PostingDestination(url: "\(collector.url)/webhook", form: form)
        let begun = destination.begun
        analytics.add(plugin: destination)
        analytics.setNetworkUse(.closed)
        analytics.track(name: "A")
        for _ in 1...3 {
            let report = analytics.flush(timeout: .seconds(10))
            #expect(report.queued == 1)
            #expect(report.problems.contains { $0.contains("closed") }, "\(report)")
            // The destination has its turn again.
            analytics.setNetworkUse(.closed)
        }
        #expect(begun.current == (form == .address ? [] : [0]))
        #expect(requests.current == 0)
        #expect(try row("address").retry == nil, "it was no attempt that failed")
        #expect(told.current.isEmpty, "\(told.current)")
        analytics.setNetworkUse(.open)
        #expect(analytics.flush(timeout: .seconds(10)).queued == 0)
        #expect(requests.current == 1)
        #expect(begun.current.last == 0, "it is the first attempt")
        #expect(try lawHolds(directory))
        #expect(analytics.close())
    }

    @Test(arguments: PostingDestination.Form.allCases)
    func staysWithinTheBudgetOfAMeteredNetwork(_ form: PostingDestination.Form) throws {
        let requests = Guarded(0)
        var settings = CollectorConfiguration()
        settings.answer = { _, _ in
            requests.read { $0 += 1 }
            return .accept
        }
        let collector = try Collector(settings)
        defer { collector.stop() }
        // One request uses the budget up, also for the next client.
        for number in 1...2 {
            let analytics = Analytics(configuration: Configuration.test(directory).monthlyBudget(1_001))
            analytics.add(plugin: PostingDestination(url: "\(collector.url)/webhook", form: form))
            analytics.setNetworkUse(.metered)
            analytics.track(name: "A")
            let report = analytics.flush(timeout: .seconds(10))
            #expect(report.queued == (number == 2 ? 1 : 0))
            #expect(report.problems.contains { $0.contains("budget") } == (number == 2), "\(report)")
            #expect(analytics.close())
        }
        #expect(requests.current == 1)
    }

    @Test func deliversToADestinationWithoutRequestsWhileTheNetworkIsClosed() {
        let analytics = Analytics(configuration: .test(directory))
        let delivery = RecordingDelivery()
        analytics.add(plugin: RecordingDestination(delivery))
        analytics.setNetworkUse(.closed)
        track(analytics, 1...3)
        #expect(analytics.flush(timeout: .seconds(10)).queued == 0)
        #expect(numbers(delivery) == [1, 2, 3])
        #expect(analytics.close())
    }

    @Test func asksNoHostForTheTimeWhileTheNetworkIsClosed() {
        let clock = TestClock()
        let analytics = Analytics(configuration: .test(directory, clock))
        let context = DeliveryContext(analytics.runtime, network: NetworkPolicy(monthlyBudget: 0))
        context.set([DeliveryContext.TimeServer(address: "https://time.example.com")].compactMap(\.self))
        let open = context.stepBeforeAttempt(nil)
        context.set(.closed)
        let closed = context.stepBeforeAttempt(nil)
        #expect(open == .freeze(TimeInquiry.Freezing(marks: false, isContested: false, next: "time.example.com")))
        #expect(closed == .freeze(TimeInquiry.Freezing(marks: true, isContested: false)))
        #expect(analytics.close())
    }

    // MARK: - The start

    /// Stores events that a later client finds.
    private func leaveEvents(_ numbers: ClosedRange<Int64>) {
        let analytics = Analytics(configuration: Configuration.test(directory).delivers(false))
        analytics.add(plugin: RecordingDestination())
        track(analytics, numbers)
        #expect(analytics.close())
    }

    @Test func sendsNothingBeforeEachPluginAddedBeforeTheStartIsConfigured() {
        leaveEvents(1...30)
        let delivery = RecordingDelivery()
        let before = Guarded<[Int]?>(nil)
        let last = AtConfigure { analytics in
            // The uploader does all that it can do now.
            _ = analytics.runtime.uploader.flush(within: .seconds(10)).wait(atMost: .seconds(20))
            before.read { $0 = delivery.batches }
        }
        let analytics = Analytics(
            configuration: .test(directory), plugins: [RecordingDestination(delivery), last])
        let report = analytics.flush(timeout: .seconds(10))
        #expect(before.current == [], "nothing was delivered before the last plugin was configured")
        #expect(report.queued == 0)
        #expect(numbers(delivery) == Array(1...30))
        #expect(analytics.close())
    }

    @Test func sendsNothingWhenAPluginAddedBeforeTheStartClosesTheNetwork() throws {
        leaveEvents(1...30)
        let requests = Guarded(0)
        var settings = CollectorConfiguration()
        settings.answer = { _, _ in
            requests.read { $0 += 1 }
            return .accept
        }
        let collector = try Collector(settings)
        defer { collector.stop() }
        let analytics = Analytics(
            configuration: Configuration.test(directory).flushAt(1),
            plugins: [
                PostingDestination(name: "recording", url: "\(collector.url)/webhook"),
                AtConfigure { $0.setNetworkUse(.closed) },
            ])
        analytics.track(name: "A")
        #expect(analytics.flush(timeout: .seconds(10)).queued == 31)
        #expect(requests.current == 0)
        analytics.setNetworkUse(.open)
        #expect(analytics.flush(timeout: .seconds(10)).queued == 0)
        #expect(analytics.close())
    }

    @Test func deliversWhatIsStoredAlthoughNoCallComes() {
        leaveEvents(1...30)
        let delivery = RecordingDelivery()
        let analytics = Analytics(
            configuration: Configuration.test(directory).flushAt(1), plugins: [RecordingDestination(delivery)])
        #expect(delivery.attempted.wait())
        #expect(delivery.batches == [30])
        #expect(analytics.close())
    }

    @Test func deliversAtOnceToADestinationAddedAfterTheStart() {
        leaveEvents(1...30)
        let delivery = RecordingDelivery()
        let analytics = Analytics(configuration: Configuration.test(directory).flushAt(1))
        #expect(analytics.store(timeout: .seconds(10)) == nil)
        analytics.add(plugin: RecordingDestination(delivery))
        #expect(delivery.attempted.wait())
        #expect(delivery.batches == [30])
        #expect(analytics.close())
    }

    @Test func deliversNothingToADestinationRemovedBeforeTheStart() {
        leaveEvents(1...30)
        let delivery = RecordingDelivery()
        let analytics = Analytics(configuration: Configuration.test(directory).flushAt(1))
        let handle = analytics.add(plugin: RecordingDestination(delivery))
        analytics.remove(handle)
        _ = analytics.flush(timeout: .seconds(10))
        #expect(delivery.batches == [])
        #expect(analytics.close())
    }

    @Test func keepsANetworkClosedInAForkedChild() throws {
        let analytics = Analytics(configuration: .test(directory))
        analytics.setNetworkUse(.closed)
        // What fork() does in the child: the parent's thread has not read what it was told.
        analytics.runtime.uploader.startAfreshInChild(canDeliver: true, hasLists: true)
        analytics.add(plugin: PostingDestination(url: "http://127.0.0.1:1/"))
        analytics.track(name: "A")
        let report = analytics.flush(timeout: .seconds(10))
        #expect(report.problems.contains { $0.contains("closed") }, "\(report)")
        #expect(analytics.close())
    }
}

/// Does something when it is configured.
private final class AtConfigure: Plugin {
    let type = PluginType.utility
    private let body: (Analytics) -> Void

    init(_ body: @escaping (Analytics) -> Void) { self.body = body }

    func configure(analytics: Analytics) { body(analytics) }
}
