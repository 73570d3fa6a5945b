// SPDX-License-Identifier: MIT
import Footfall

/// Runs a destination through answers, faults and the life of a plugin, and finds what would
/// lose events or harm the host.
///
/// ```swift
/// @Test func keepsTheRulesOfDestinations() {
///     let accepted = DeliveryResponse(status: 202, headers: [("x-accepted", "1")])
///     #expect(DestinationConformance.findings(accepting: accepted) { LogDestination() } == [])
/// }
/// ```
///
/// It also finds what ``PluginConformance`` finds. No network is used: the suite answers the
/// requests. A destination that delivers without requests does deliver its sample events.
public enum DestinationConformance {
    /// Finds the rules that a destination breaks.
    ///
    /// - Parameters:
    ///   - exceptions: Rules that the destination has a reason to break.
    ///   - accepting: How its server answers a request that it accepts, with names of headers in
    ///     lower case. The default is a status of 200 without a body.
    ///   - maximumBody: How many bytes of a body, before compression, the server takes; `nil` if
    ///     that is not known.
    ///   - sample: Makes an event that the destination sends, with this text in a value that is sent.
    ///     The default is a track event of this name. A destination that sends only some events, by
    ///     their name or type, needs another.
    ///   - configuration: Changes the configuration of the clients.
    ///   - make: Makes the destination. It is called several times, and each client has its own.
    /// - Returns: one finding for each rule that is broken; none if all is well.
    public static func findings<D: DestinationPlugin>(
        except exceptions: Set<ConformanceRule> = [],
        accepting: DeliveryResponse = DeliveryResponse(status: 200), maximumBody: Int? = nil,
        sample: (@Sendable (_ mark: String) -> Event)? = nil,
        configuration: (Configuration) -> Configuration = { $0 }, _ make: () throws -> sending D
    ) rethrows -> [ConformanceFinding] {
        var findings = try PluginConformance.lives(
            { configuration($0.transport(FaultyTransport(accepting: accepting))) }, make)
        let sample = sample ?? { SampleBatch.track($0) }
        let kind = PluginKind(try make())
        // A plugin that waits or cannot be added cannot deliver either.
        if kind.delivers, !findings.contains(.returnsSoon), !findings.contains(.canBeAdded) {
            var examined = examine(try make(), kind, accepting, maximumBody, sample, configuration)
            if examined.contains(.returnsSoon), !examined.neverReturned {
                // A machine that is very busy may have caused it: it counts if it happens again.
                examined = examine(try make(), kind, accepting, maximumBody, sample, configuration)
            }
            findings.add(examined)
            if !findings.contains(.returnsSoon), !findings.contains(.acceptsItsServer) {
                findings.add(DeliveredLife.findings(of: try make(), kind, accepting: accepting, sample, configuration))
            }
        }
        return findings.all.filter { !exceptions.contains($0.rule) }
    }

    private static func examine<D: DestinationPlugin>(
        _ destination: sending D, _ kind: PluginKind, _ accepting: DeliveryResponse, _ maximumBody: Int?,
        _ sample: @escaping @Sendable (String) -> Event, _ configuration: (Configuration) -> Configuration
    ) -> Findings {
        let client = ScratchClient(configuration: configuration)
        let handle = client.analytics.add(plugin: destination)
        let made: (any Delivery)?? = handle.read { $0.makeDelivery() }
        guard let delivery = made ?? nil else { return Findings(of: kind.name) }
        let result = Guarded<Findings?>(nil)
        let name = kind.name
        let hasEnded = Patience.run {
            var examination = DeliveryExamination(
                delivery, name, accepting: accepting, maximumBody: maximumBody, sample)
            examination.run()
            let findings = examination.findings
            result.read { $0 = findings }
        }
        if hasEnded, let findings = result.current { return findings }
        var findings = Findings(of: kind.name)
        findings.neverReturned = true
        findings.add(
            .returnsSoon,
            "does not return from begin(_:_:) or outcome(of:) within \(Patience.forEver.components.seconds) s; no destination is delivered to meanwhile",
            cure: "return the request, and let the client make it")
        return findings
    }
}
