// SPDX-License-Identifier: MIT
import Footfall

/// The side of the plugin that a probe is on.
enum ProbeSide { case front, back }

/// Stands right in front of a plugin in its chain, or right behind it.
final class Probe: EventPlugin {
    let type: PluginType
    private let side: ProbeSide
    private let watch: Observations

    init(_ side: ProbeSide, _ type: PluginType, _ watch: Observations) {
        self.side = side
        self.type = type
        self.watch = watch
    }

    private func pass(_ method: String) { side == .front ? watch.begin(method) : watch.end() }

    func configure(analytics: Analytics) { pass("configure(analytics:)") }

    func execute(_ event: inout Event) -> Verdict {
        switch side {
        case .front: watch.enter(event)
        case .back: watch.leave(event)
        }
        return .keep
    }

    func reset() { pass("reset()") }
    func flush() { pass("flush()") }

    func shutdown() {
        pass("shutdown()")
        if side == .back { watch.shutDown() }
    }
}

/// Stands right in front of a destination among the destinations, or right behind it.
final class DestinationProbe: DestinationPlugin {
    let key: String
    let name: String
    let usesHooks = true
    let timeline = Timeline()
    private let side: ProbeSide
    private let delivers: Bool
    private let watch: Observations

    /// - Parameter delivers: Whether the destination delivers from the store. One that does not
    ///   sees events once they are stored, and so must its probes.
    init(_ side: ProbeSide, delivers: Bool, _ watch: Observations) {
        self.side = side
        self.delivers = delivers
        self.watch = watch
        key = "Probe \(side)"
        name = "probe-\(side)"
    }

    private func pass(_ method: String) { side == .front ? watch.begin(method) : watch.end() }

    func configure(analytics: Analytics) { pass("configure(analytics:)") }

    func execute(_ event: inout Event) -> Verdict {
        // A destination's changes are its own, so nothing is compared.
        pass("the event \(event.event ?? event.type.rawValue)")
        return .keep
    }

    func reset() { pass("reset()") }
    func flush() { pass("flush()") }

    func shutdown() {
        pass("shutdown()")
        if side == .back { watch.shutDown() }
    }

    func makeDelivery() -> (any Delivery)? { delivers ? Accepting() : nil }

    private struct Accepting: Delivery {
        let limits = BatchLimits.segment
        func begin(_ batch: DeliveryBatch, _ attempt: DeliveryAttempt) -> DeliveryStep { .finished(.accepted) }
    }
}

/// Counts what comes to the client.
final class Arrivals: Plugin {
    let type = PluginType.before
    private let watch: Observations

    init(_ watch: Observations) { self.watch = watch }

    func execute(_ event: inout Event) -> Verdict {
        watch.arrived()
        return .keep
    }
}
