// SPDX-License-Identifier: MIT
import Footfall

/// A destination in a client whose network fails in several ways before it works.
enum DeliveredLife {
    private static let faults: [FaultyTransport.Answer] = [
        .status(503), .noConnection, .lostAnswer, .status(429, retryAfter: .seconds(1)), .status(413), .status(500),
    ]

    static func findings<D: DestinationPlugin>(
        of destination: sending D, _ kind: PluginKind, accepting: DeliveryResponse,
        _ configuration: (Configuration) -> Configuration
    ) -> Findings {
        var findings = Findings(of: kind.name)
        let transport = FaultyTransport(faults, accepting: accepting)
        let client = ScratchClient(transport: transport, configuration: configuration)
        client.analytics.add(plugin: destination)
        let sample = SampleBatch("L", count: 40)
        for event in sample.events { client.analytics.track(name: event.event ?? "", properties: event.properties) }
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
        if arrived < sample.names.count, client.analytics.counters.dropped[.plugin] == nil {
            findings.add(
                .sendsTheBatch,
                "has sent \(arrived) of \(sample.names.count) events once its server recovered, and says that all are delivered",
                cure: "return accepted only for the answer to a request that has the events")
        }
        return findings
    }
}
