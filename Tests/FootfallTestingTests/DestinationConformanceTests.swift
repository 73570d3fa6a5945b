// SPDX-License-Identifier: MIT
import Footfall
import FootfallTesting
import Glibc
import Testing

private let accepted = DeliveryResponse(status: 202, headers: [("x-accepted", "1")])

/// Each planted fault of a destination is found, by its rule.
@Suite struct DestinationConformanceTests {
    private func rules(_ fault: Fault, maximumBody: Int? = nil) -> [ConformanceRule] {
        DestinationConformance.findings(accepting: accepted, maximumBody: maximumBody) { Faulty(fault) }.map(\.rule)
    }

    @Test func findsNothingInADestinationThatKeepsTheRules() {
        #expect(DestinationConformance.findings(accepting: accepted, maximumBody: 500_000) { Faulty(.none) } == [])
        #expect(DestinationConformance.findings { InMemoryDestination(key: "Other", name: "other") } == [])
    }

    @Test(
        arguments: [
            (.acceptsPages, .acceptsNoOtherAnswer), (.acceptsAll, .acceptsNoOtherAnswer), (.newIds, .repeatsExactly),
            (.leavesOut, .sendsTheBatch), (.reverses, .sendsTheBatch), (.piles, .sendsTheBatch),
            (.refusesKeys, .discardsNothingInHaste), (.blocksBusy, .triesAgainInTime),
            (.ignoresWait, .triesAgainInTime), (.retriesBad, .givesUpBadEvents), (.plainHTTP, .makesPossibleRequests),
            (.framing, .makesPossibleRequests), (.neverAccepts, .acceptsItsServer), (.sleeps, .returnsSoon),
            (.hangs, .returnsSoon), (.forgetsAfterFailure, .sendsTheBatch), (.tracksInShutdown, .isSilentInShutdown),
        ] as [(Fault, ConformanceRule)])
    func findsAPlantedFault(_ fault: Fault, _ rule: ConformanceRule) {
        let found = rules(fault)
        #expect(found.contains(rule), "\(found)")
        // A wrong answer may break a second rule, but not many.
        #expect(found.count <= 3, "\(found)")
    }

    @Test func findsBodiesThatTheServerDoesNotTake() {
        #expect(rules(.none, maximumBody: 100_000) == [.makesPossibleRequests])
    }
}

enum Fault: Sendable {
    case none, acceptsPages, acceptsAll, newIds, leavesOut, reverses, piles, refusesKeys, blocksBusy, ignoresWait
    case retriesBad, plainHTTP, framing, neverAccepts, sleeps, hangs, forgetsAfterFailure, tracksInShutdown
}

private final class Faulty: DestinationPlugin {
    let key = "Faulty"
    let name = "faulty"
    let timeline = Timeline()
    let usesHooks = false
    private let fault: Fault
    private weak var analytics: Analytics?

    init(_ fault: Fault) { self.fault = fault }

    func configure(analytics: Analytics) { self.analytics = analytics }
    func shutdown() { if fault == .tracksInShutdown { analytics?.track(name: "Goodbye") } }
    func makeDelivery() -> (any Delivery)? { FaultyDelivery(fault: fault) }
}

private struct FaultyDelivery: Delivery {
    let limits = BatchLimits.segment
    let fault: Fault
    private let pile = Lines()

    init(fault: Fault) { self.fault = fault }

    func begin(_ batch: DeliveryBatch, _ attempt: DeliveryAttempt) -> DeliveryStep {
        var lines: [String] = []
        batch.forEach { lines.append(String(decoding: $0, as: UTF8.self)) }
        var headers = [(name: "Content-Type", value: "application/x-ndjson")]
        var url = "https://logs.example.com/events"
        switch fault {
        case .newIds: lines.append("{\"batchId\":\(UInt64.random(in: 0 ..< .max))}")
        case .leavesOut: if lines.count > 1 { lines.removeLast() }
        case .reverses: lines.reverse()
        case .piles: lines = pile.add(lines)
        case .plainHTTP: url = "http://logs.example.com/events"
        case .framing: headers.append(("Content-Length", "0"))
        case .sleeps: sleep(2)
        case .hangs: while true { sleep(1_000) }
        case .forgetsAfterFailure: if attempt.retryCount > 0 { return .finished(.accepted) }
        default: break
        }
        return .request(
            DeliveryRequest(url: url, headers: headers, body: Array(lines.joined(separator: "\n").utf8)))
    }

    func outcome(of response: DeliveryResponse) -> DeliveryOutcome {
        switch (fault, response.status) {
        case (.neverAccepts, _): return .blocked("never")
        case (.acceptsAll, _), (.acceptsPages, 200): return .accepted
        case (.refusesKeys, 401): return .refused("401")
        case (.blocksBusy, 503): return .blocked("busy")
        case (.ignoresWait, 429): return .retry("busy", after: nil)
        case (.retriesBad, 400): return .retry("bad", after: nil)
        default: break
        }
        guard (200..<300).contains(response.status) else { return DeliveryOutcome(status: response) }
        return response.header("x-accepted") != nil ? .accepted : .blocked("this is not the answer of the log server")
    }
}

/// Lines that are never forgotten.
private final class Lines: @unchecked Sendable {
    // Used on one thread at a time, as all of a delivery is.
    private var all: [String] = []

    func add(_ lines: [String]) -> [String] {
        all += lines
        return all
    }
}

/// Sends each second event of one name, and drops all others.
private final class Choosing: DestinationPlugin {
    let key = "Choosing"
    let name = "choosing"
    let timeline = Timeline()
    let usesHooks = false

    init(dropsHalf: Bool) { if dropsHalf { add(plugin: EachSecond()) } }

    func makeDelivery() -> (any Delivery)? { ChoosingDelivery() }
}

private final class EachSecond: Plugin {
    let type = PluginType.before
    private var count = 0

    func execute(_ event: inout Event) -> Verdict {
        count += 1
        return count % 2 == 0 ? .keep : .drop
    }
}

private struct ChoosingDelivery: Delivery {
    let limits = BatchLimits.segment

    func begin(_ batch: DeliveryBatch, _ attempt: DeliveryAttempt) -> DeliveryStep {
        var (lines, places, verdicts) = ([String](), [Int](), DeliveryVerdicts())
        var place = 0
        batch.forEach { event in
            let text = String(decoding: event, as: UTF8.self)
            if text.contains(#""event":"Order Completed""#) {
                lines.append(text)
                places.append(place)
            } else {
                verdicts.dropped.insert(place)
            }
            place += 1
        }
        guard !lines.isEmpty else { return .finished(.partial(verdicts)) }
        let request = DeliveryRequest(
            url: "https://orders.example.com", body: Array(lines.joined(separator: "\n").utf8))
        return .plan(DeliveryPlan(parts: [.init(request: request, places: places)], verdicts: verdicts))
    }
}

@Suite struct ChoosingDestinationTests {
    @Sendable private static func order(_ mark: String) -> Event {
        var event = Event(type: .track, timestamp: Timestamp(milliseconds: 0))
        event.event = "Order Completed"
        event.properties = ["order": .string(mark)]
        return event
    }

    @Test func saysThatASampleWhichIsDroppedTestsNothing() {
        let findings = DestinationConformance.findings { Choosing(dropsHalf: false) }
        #expect(findings.map(\.rule) == [.sendsTheBatch], "\(findings)")
        #expect(findings.first?.description.contains("nothing was tested") == true, "\(findings)")
    }

    @Test func testsADestinationWithAnEventThatItSends() {
        // A part without a reader takes the page of a captive portal for an answer.
        let findings = DestinationConformance.findings(sample: Self.order) { Choosing(dropsHalf: false) }
        #expect(findings.map(\.rule) == [.acceptsNoOtherAnswer], "\(findings)")
    }

    @Test func letsADestinationDropEventsByItsOwnPlugin() {
        let findings = DestinationConformance.findings(except: [.acceptsNoOtherAnswer], sample: Self.order) {
            Choosing(dropsHalf: true)
        }
        #expect(findings == [])
    }
}
