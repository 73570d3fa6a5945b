// SPDX-License-Identifier: MIT
import TestSupport
import Testing

@testable import Footfall

/// Notes what it is called for; its first event waits until a test lets it go.
private final class Slow: EventPlugin, ObserverPlugin, ApplicationPlugin, ThrowingPlugin {
    struct Failure: Error {}

    let type = PluginType.enrichment
    let calls = Guarded<[String]>([])
    let began = Signal()
    let goOn = Signal()
    var throwsAtTheEnd = false
    private var isFirst = true

    private func note(_ call: String) { calls.read { $0.append(call) } }

    func attempt(_ event: inout Event) throws -> Verdict {
        note("execute")
        guard isFirst else { return .keep }
        isFirst = false
        began.raise()
        _ = goOn.wait()
        if throwsAtTheEnd { throw Failure() }
        return .keep
    }

    // The client calls `attempt`.
    func execute(_ event: inout Event) -> Verdict { .keep }

    func configure(analytics: Analytics) { note("configure") }
    func flush() { note("flush") }
    func reset() { note("reset") }
    func shutdown() { note("shutdown") }
    func didReset() { note("didReset") }
    func application(_ change: ApplicationChange, at moment: Moment) -> [Event] {
        note("application")
        return []
    }
}

/// A delivery whose first batch waits until a test lets it go.
private final class SlowDelivery: Delivery {
    let limits = BatchLimits(events: 1, bytes: 1 << 20)
    let log = Guarded<[String]>([])
    let began = Signal()
    let goOn = Signal()

    func begin(_ batch: DeliveryBatch, _ attempt: DeliveryAttempt) -> DeliveryStep {
        log.read { $0.append("begin") }
        began.raise()
        _ = goOn.wait()
        log.read { $0.append("end") }
        return .finished(.accepted)
    }
}

private final class SlowDestination: DestinationPlugin {
    let key = "slow"
    let name = "slow"
    let timeline = Timeline()
    let usesHooks = false
    let delivery = SlowDelivery()
    func makeDelivery() -> (any Delivery)? { delivery }
}

@Suite struct ClosingTests {
    let directory = TemporaryDirectory()
    let errors = ErrorLog()

    private var configuration: Configuration { Configuration.test(directory).errors(to: errors) }

    /// Closes on a thread of its own, and notes the end of that.
    ///
    /// - Returns: what is raised then; the close has begun.
    private func startClose(_ analytics: Analytics, _ log: Guarded<[String]>) -> Signal {
        let isDone = Signal()
        startThread {
            #expect(analytics.close(timeout: .seconds(60)))
            log.read { $0.append("closed") }
            isDone.raise()
        }
        #expect(poll { analytics.isClosed })
        return isDone
    }

    /// The events that the next start of the program delivers, by their names.
    private func namesOfTheNextStart() -> [String] {
        let delivery = RecordingDelivery()
        let next = Analytics(configuration: .test(directory), plugins: [RecordingDestination(delivery)])
        #expect(next.flush(timeout: .seconds(60)).isDelivered)
        #expect(next.close(timeout: .seconds(60)))
        return delivery.names
    }

    @Test func noCallOfAPluginBeginsAfterCloseHasReturned() {
        let plugin = Slow()
        let (calls, began, goOn) = (plugin.calls, plugin.began, plugin.goOn)
        let analytics = Analytics(configuration: configuration)
        let handle = analytics.add(plugin: plugin)
        for number in 1...100 { analytics.track(name: "\(number)") }
        #expect(began.wait())
        let before = calls.current
        analytics.reset()
        analytics.flush()
        handle.perform { _ in calls.read { $0.append("perform") } }
        analytics.track(
            name: "closure",
            enrichments: [
                { _ in
                    calls.read { $0.append("closure") }; return .keep
                }
            ])
        analytics.applicationDidBecomeActive()
        #expect(!analytics.close(timeout: .milliseconds(20)), "the first event keeps the pipeline")
        goOn.raise()
        #expect(!analytics.close(timeout: .seconds(60)), "this waits for the pipeline's end")
        #expect(calls.current == before)
        #expect(analytics.counters.dropped == [.closed: 1], "a closure cannot be kept")
        #expect(namesOfTheNextStart() == (1...100).map(String.init), "nothing is lost, and nothing comes twice")
    }

    /// Otherwise the next start would deliver it again.
    @Test func whatADestinationAcceptedIsRecordedWhenCloseHasReturned() throws {
        for round in 0..<20 {
            let delivery = RecordingDelivery()
            let analytics = Analytics(configuration: configuration, plugins: [RecordingDestination(delivery)])
            analytics.track(name: "\(round)")
            analytics.flush()
            #expect(delivery.attempted.wait())
            #expect(analytics.close(timeout: .seconds(60)))
            #expect(analytics.runtime.uploader.hasSettled, "round \(round)")
            #expect(try inspect(directory) { try $0.waitingEvents() } == 0, "round \(round)")
        }
    }

    @Test func aCloseWaitsForTheCallThatRunsWithinItsTime() {
        let plugin = Slow()
        let (calls, began, goOn) = (plugin.calls, plugin.began, plugin.goOn)
        let analytics = Analytics(configuration: configuration)
        analytics.add(plugin: plugin)
        for number in 1...5 { analytics.track(name: "\(number)") }
        #expect(began.wait())
        let isDone = startClose(analytics, calls)
        goOn.raise()
        #expect(isDone.wait())
        #expect(calls.current.suffix(3) == ["application", "shutdown", "closed"])
    }

    @Test func theErrorHandlerIsNotCalledAfterCloseHasReturned() {
        let plugin = Slow()
        plugin.throwsAtTheEnd = true
        let (began, goOn) = (plugin.began, plugin.goOn)
        let analytics = Analytics(configuration: configuration)
        analytics.add(plugin: plugin)
        analytics.track(name: "A")
        #expect(began.wait())
        #expect(!analytics.close(timeout: .zero))
        goOn.raise()
        #expect(!analytics.close(timeout: .seconds(60)))
        #expect(errors.codes.isEmpty)
    }

    @Test func eventsInMemoryAloneAreSpooledWhenTheTimeIsOver() {
        let plugin = Slow()
        let (began, goOn) = (plugin.began, plugin.goOn)
        let analytics = Analytics(configuration: configuration)
        analytics.add(plugin: plugin)
        analytics.track(name: "first")
        #expect(began.wait())
        for number in 1...5 { analytics.track(name: "\(number)", options: CallOptions(durability: .deferred)) }
        #expect(!analytics.close(timeout: .zero))
        goOn.raise()
        #expect(!analytics.close(timeout: .seconds(60)))
        #expect(namesOfTheNextStart() == ["first", "1", "2", "3", "4", "5"])
        #expect(analytics.counters.dropped.isEmpty)
    }

    @Test func aDeletionRequestIsKeptWhenTheTimeIsOver() {
        let plugin = Slow()
        let (began, goOn) = (plugin.began, plugin.goOn)
        let analytics = Analytics(configuration: configuration, plugins: [RecordingDestination(takesDeletions: true)])
        analytics.add(plugin: plugin)
        analytics.track(name: "A")
        #expect(began.wait())
        analytics.forget()
        #expect(!analytics.close(timeout: .zero))
        goOn.raise()
        #expect(!analytics.close(timeout: .seconds(60)))
        let delivery = RecordingDelivery()
        let next = Analytics(
            configuration: .test(directory), plugins: [RecordingDestination(delivery, takesDeletions: true)])
        #expect(next.flush(timeout: .seconds(60)).isDelivered)
        #expect(next.close(timeout: .seconds(60)))
        #expect(delivery.names == ["delete"])
    }

    @Test func callersThatWaitAreAnsweredWhenTheTimeIsOver() {
        let plugin = Slow()
        let (began, goOn) = (plugin.began, plugin.goOn)
        let analytics = Analytics(configuration: configuration)
        let handle = analytics.add(plugin: plugin)
        analytics.track(name: "A")
        #expect(began.wait())
        let waiting = Guarded(0)
        let isDone = Signal()
        startThread {
            waiting.read { $0 += 1 }
            #expect(analytics.flush(timeout: .seconds(600)).problems == ["the client is closed"])
            isDone.raise()
        }
        startThread {
            waiting.read { $0 += 1 }
            #expect(handle.read(timeout: .seconds(600)) { _ in true } == nil)
            isDone.raise()
        }
        #expect(poll { waiting.current == 2 })
        #expect(!analytics.close(timeout: .milliseconds(20)))
        goOn.raise()
        #expect(isDone.wait() && isDone.wait())
    }

    @Test func aCloseWaitsForTheDeliveryThatRuns() {
        let destination = SlowDestination()
        let (log, began, goOn) = (destination.delivery.log, destination.delivery.began, destination.delivery.goOn)
        let analytics = Analytics(configuration: configuration.flushAt(1), plugins: [destination])
        analytics.track(name: "A")
        analytics.track(name: "B")
        #expect(began.wait())
        let isDone = startClose(analytics, log)
        // Time for a close that does not wait.
        letPass(.milliseconds(20))
        goOn.raise()
        #expect(isDone.wait())
        #expect(log.current == ["begin", "end", "closed"], "and no other delivery begins")
    }

    @Test func aCloseDoesNotWaitForADeliveryBeyondItsTime() {
        let destination = SlowDestination()
        let (log, began, goOn) = (destination.delivery.log, destination.delivery.began, destination.delivery.goOn)
        let analytics = Analytics(configuration: configuration.flushAt(1), plugins: [destination])
        analytics.track(name: "A")
        analytics.track(name: "B")
        #expect(began.wait())
        #expect(analytics.close(timeout: .milliseconds(200)), "all is stored")
        #expect(log.current == ["begin"])
        goOn.raise()
        let delivery = RecordingDelivery()
        let next = Analytics(
            configuration: .test(directory), plugins: [RecordingDestination(name: "slow", delivery)])
        #expect(next.flush(timeout: .seconds(60)).isDelivered)
        #expect(next.close(timeout: .seconds(60)))
        #expect(delivery.names == ["B"], "A was taken")
        #expect(log.current == ["begin", "end"])
    }

    @Test func callsAfterCloseAreCountedAndReportedOnce() {
        let analytics = Analytics(configuration: configuration)
        analytics.track(name: "A")
        #expect(!analytics.isClosed)
        #expect(analytics.close())
        #expect(analytics.isClosed)
        for _ in 1...3 { analytics.track(name: "late") }
        analytics.track(name: "late", options: CallOptions(durability: .immediate))
        analytics.track(name: "")
        analytics.identify(userId: "ada")
        analytics.screen(title: "late", enrichments: [{ _ in .keep }])
        analytics.reset()
        analytics.visitor.begin()
        analytics.endSession()
        analytics.flush()
        analytics.add(plugin: Slow())
        #expect(analytics.counters.dropped == [.closed: 7])
        #expect(analytics.counters.stored == 1)
        #expect(errors.codes == [.invalidEvent, .closed] || errors.codes == [.closed, .invalidEvent])
        #expect(analytics.userId == nil)
        #expect(namesOfTheNextStart() == ["A"])
    }

    @Test func aCallAfterCloseIsReportedBeforeAnythingElseWasCalled() {
        let analytics = Analytics(configuration: configuration)
        #expect(analytics.close())
        analytics.reset()
        #expect(errors.codes == [.closed])
    }
}
