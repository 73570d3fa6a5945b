// SPDX-License-Identifier: MIT
import Footfall

/// Asks a delivery for requests, and what it makes of answers, without a client.
struct DeliveryExamination {
    private let delivery: any Delivery
    private let accepting: DeliveryResponse
    private let maximumBody: Int?
    private let makeSample: (String) -> Event
    private let sample: SampleBatch
    private(set) var findings: Findings
    private var slowest = (name: "", took: Int64(0))

    init(
        _ delivery: any Delivery, _ plugin: String, accepting: DeliveryResponse, maximumBody: Int?,
        _ makeSample: @escaping (String) -> Event
    ) {
        self.delivery = delivery
        self.makeSample = makeSample
        sample = SampleBatch("A", count: 20, makeSample)
        self.accepting = accepting
        self.maximumBody = maximumBody
        findings = Findings(of: plugin)
    }

    /// Examines everything.
    mutating func run() {
        let first = exchange(accepting)
        guard !isSlow() else { return }
        // Without a network there is no answer to judge.
        if !first.requests.isEmpty || !first.outcome.isAccepted(count: sample.names.count) {
            lookAtRequests(first)
        } else if case .partial(let verdicts) = first.outcome, verdicts.dropped.count == sample.names.count {
            findings.add(
                .sendsTheBatch, "drops every sample event of the suite, so nothing was tested",
                cure: "give the suite an event that it sends, with `sample:`")
        }
        _ = isSlow()
    }

    /// Whether a method took too long.
    private mutating func isSlow() -> Bool {
        guard slowest.took > Patience.method.nanoseconds else { return false }
        let seconds = Double(slowest.took / 100_000_000) / 10
        findings.add(
            .returnsSoon, "took \(seconds) s for \(slowest.name); no destination is delivered to meanwhile",
            cure: "return the request, and let the client make it")
        return true
    }

    private mutating func lookAtRequests(_ first: Exchange) {
        guard first.outcome.isAccepted(count: sample.names.count) else {
            findings.add(
                .acceptsItsServer, "does not accept the answer of its server: \(first.outcome.words)",
                cure: "give the suite an answer of the server with `accepting:`, or correct outcome(of:)")
            return
        }
        lookAtBodies(first)
        lookAtHeaders(first.requests)
        lookAtPages()
        lookAtFailures()
        lookAtRefusals()
        for body in [[], [0xFF, 0xFE, 0], Array(repeating: UInt8(ascii: "["), count: 65_536)] as [[UInt8]] {
            for status in [0, 100, 200, 204, 418, 599, 999] {
                let outcome = exchange(DeliveryResponse(status: status, body: body)).outcome
                if !(200..<300).contains(status) { judge(outcome, status) }
            }
        }
    }

    private mutating func exchange(_ answer: DeliveryResponse, retryCount: Int = 0) -> Exchange {
        note(Exchange(delivery, sample.batch, retryCount: retryCount, answer: answer))
    }

    private mutating func note(_ exchange: Exchange) -> Exchange {
        if exchange.slowest.took > slowest.took { slowest = exchange.slowest }
        return exchange
    }

    // MARK: - Requests

    private mutating func lookAtBodies(_ first: Exchange) {
        let bodies = first.requests.map(\.body)
        let places = sample.places(in: bodies)
        var wanted = Set(sample.names.indices)
        if case .partial(let verdicts) = first.outcome { wanted.subtract(verdicts.dropped) }
        let missing = wanted.filter { places[$0] == nil }
        if !missing.isEmpty {
            findings.add(
                .sendsTheBatch, "leaves out \(missing.count) of \(sample.names.count) events of a batch",
                cure:
                    "send each event that DeliveryBatch.forEach gives; name those of no use in DeliveryVerdicts.dropped"
            )
        } else if places.compactMap(\.self) != places.compactMap(\.self).sorted() {
            findings.add(
                .sendsTheBatch, "sends the events of a batch in another order", cure: "keep the order of the batch")
        }
        let other = SampleBatch("B", count: 3, makeSample)
        let next = note(Exchange(delivery, other.batch, answer: accepting))
        if sample.places(in: next.requests.map(\.body)).contains(where: { $0 != nil }) {
            findings.add(
                .sendsTheBatch, "sends events of an earlier batch with the next one",
                cure: "make each request from the batch that begin(_:_:) is given, and keep nothing")
        }
        let again = exchange(accepting, retryCount: 1)
        if again.requests.map(\.body) != bodies || again.requests.map(\.url) != first.requests.map(\.url) {
            findings.add(
                .repeatsExactly, "makes another body or address for the second attempt at a batch",
                cure: "use the ids of the events and the time in DeliveryAttempt, no new ids and no clock")
        }
    }

    private mutating func lookAtHeaders(_ requests: [DeliveryRequest]) {
        for request in requests {
            if Endpoint(request.url, allowsInsecure: request.allowsInsecure) == nil {
                findings.add(
                    .makesPossibleRequests, "cannot send to \(request.url): \(Endpoint.rule)",
                    cure: "correct the address")
            }
            for (name, value) in request.headers {
                guard let problem = DeliveryRequest.problem(ofHeader: name, value: value) else { continue }
                findings.add(
                    .makesPossibleRequests, "has a header that cannot be sent (\(problem))", cure: "leave it out")
            }
        }
        guard let maximumBody else { return }
        let full = note(Exchange(delivery, SampleBatch(filling: delivery.limits, makeSample).batch, answer: accepting))
        if let largest = full.requests.map(\.body.count).max(), largest > maximumBody {
            findings.add(
                .makesPossibleRequests,
                "makes a body of \(largest) bytes from a batch within its limits; the server takes \(maximumBody)",
                cure: "lower `limits`, or split the batch with DeliveryPlan")
        }
    }

    // MARK: - Answers

    private mutating func lookAtPages() {
        let page = DeliveryResponse(
            status: 200, headers: [("content-type", "text/html; charset=utf-8")],
            body: Array("<!DOCTYPE html><html><title>Welcome</title><form>Sign in to the network</form></html>".utf8))
        if exchange(page).outcome.isAccepted(count: sample.names.count) {
            findings.add(
                .acceptsNoOtherAnswer,
                "accepts a web page with status 200, as the login page of a network: the events are lost",
                cure: "look for the server's own sign of success in outcome(of:)")
        }
    }

    private mutating func lookAtFailures() {
        for status in [302, 401, 403, 404, 407, 408, 429, 500, 502, 503, 504] {
            let outcome = exchange(DeliveryResponse(status: status)).outcome
            judge(outcome, status)
            if outcome.refuses {
                findings.add(
                    .discardsNothingInHaste, "takes status \(status) for a bad event: good events become dead letters",
                    cure: "return blocked or retry, as DeliveryOutcome(status:) does")
            }
            guard status == 408 || status == 429 || status >= 500 else { continue }
            let named = exchange(DeliveryResponse(status: status, headers: [("retry-after", "60")])).outcome.retry
            if !outcome.retry.isOne || !named.isOne {
                findings.add(
                    .triesAgainInTime, "takes status \(status) for \(outcome.words), although it passes",
                    cure: "return retry, as DeliveryOutcome(status:) does")
            } else if status == 429 || status == 503, named.after ?? .zero < .seconds(60) {
                findings.add(
                    .triesAgainInTime, "does not wait the 60 s that status \(status) asks for in Retry-After",
                    cure: "return retry(_:after:) with DeliveryResponse.retryAfter")
            }
        }
    }

    private mutating func lookAtRefusals() {
        for status in [400, 413] {
            let outcome = exchange(DeliveryResponse(status: status)).outcome
            judge(outcome, status)
            if !outcome.refuses, !outcome.isAccepted(count: sample.names.count) {
                findings.add(
                    .givesUpBadEvents,
                    "takes status \(status) for \(outcome.words): a bad event holds up all others for ever",
                    cure: "return refused, as DeliveryOutcome(status:) does; the client then finds the bad event")
            }
        }
    }

    private mutating func judge(_ outcome: DeliveryOutcome, _ status: Int) {
        guard outcome.isAccepted(count: sample.names.count) else { return }
        findings.add(
            .acceptsNoOtherAnswer, "accepts an answer with status \(status): the events are lost",
            cure: "accept only 2xx in the server's own form")
    }
}
