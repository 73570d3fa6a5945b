// SPDX-License-Identifier: MIT
import Footfall

/// A destination in a client whose network fails in several ways before it works.
enum DeliveredLife {
    private static let faults: [FaultyTransport.Answer] = [
        .status(503), .noConnection, .lostAnswer, .status(429, retryAfter: .seconds(1)), .status(413), .status(500),
    ]

    static func findings<D: DestinationPlugin>(
        of destination: sending D, _ kind: PluginKind, accepting: DeliveryResponse,
        _ makeSample: (String) -> Event, _ configuration: (Configuration) -> Configuration
    ) -> Findings {
        var findings = Findings(of: kind.name)
        let transport = FaultyTransport(faults, accepting: accepting)
        let client = ScratchClient(transport: transport, configuration: configuration)
        client.analytics.add(plugin: destination)
        let sample = SampleBatch("L", count: 40, makeSample)
        for event in sample.events {
            var event = event
            // An event without a time is one of now, and belongs to the client's user.
            event.timestamp = Timestamp(milliseconds: 0)
            event.anonymousId = ""
            client.analytics.process(event)
        }
        // After a failure the next attempt is due in a second at the earliest. So each flush makes one
        // attempt and returns, and the next flush need not wait.
        var report = FlushReport(problem: "")
        for _ in 0..<40 where !report.isDelivered {
            report = client.analytics.flush(timeout: .milliseconds(500))
            client.clock.advance(.seconds(2))
        }
        // On a busy machine the last attempt may take longer.
        if !report.isDelivered { report = client.analytics.flush(timeout: Patience.forEver) }
        guard report.isDelivered else {
            findings.add(
                .triesAgainInTime,
                "still has \(counted(report.queued, "event")) after its server recovered (\(report.problems.joined(separator: "; ")))",
                cure: "return retry for what passes and refused for 413")
            return findings
        }
        // A destination without a network has nothing to look at.
        guard !transport.requests.isEmpty else { return findings }
        let arrived = sample.places(in: transport.accepted.map(\.body)).filter { $0 != nil }.count
        // Plugins of its own may have dropped some.
        let delivered = Int(clamping: client.analytics.counters.delivered)
        if arrived < min(sample.names.count, delivered - client.destination.events.count) {
            findings.add(
                .sendsTheBatch,
                "has sent \(arrived) of \(sample.names.count) events once its server recovered, and says that all are delivered",
                cure: "return accepted only for the answer to a request that has the events")
        }
        return findings
    }
}
