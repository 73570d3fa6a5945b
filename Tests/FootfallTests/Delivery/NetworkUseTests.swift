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
        context.set([DeliveryContext.TimeServer(host: "time.example.com", address: "https://time.example.com")])
        let open = context.stepBeforeAttempt(nil)
        context.set(.closed)
        let closed = context.stepBeforeAttempt(nil)
        #expect(open == .freeze(TimeInquiry.Freezing(marks: false, isContested: false, next: "time.example.com")))
        #expect(closed == .freeze(TimeInquiry.Freezing(marks: true, isContested: false)))
        #expect(analytics.close())
    }
}
