// SPDX-License-Identifier: MIT
import CFootfall
import Footfall

/// A destination of a C program.
final class HostDestination: DestinationPlugin {
    typealias Deliver = @convention(c) (UnsafeMutableRawPointer?, OpaquePointer?, Int32) -> Int32

    let name: String
    let timeline = Timeline()
    let usesHooks = false
    let callbacks: HostCallbacks
    private let delivery: HostDelivery

    private init(
        _ destination: footfall_destination, _ deliver: @escaping Deliver, _ callbacks: HostCallbacks
    ) throws(CallProblem) {
        name = try Arguments.required(destination.name, "name")
        // The name becomes part of a file name and a key in `integrations`, and it is printed.
        let isPlain = !name.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F }
        guard isPlain, name.utf8.count <= 60, name.lowercased() != "all" else {
            throw .invalid("name must have 1 to 60 bytes, without control characters, and must not be All")
        }
        guard destination.max_events >= 0, destination.max_bytes >= 0 else {
            throw .invalid("max_events and max_bytes must not be negative")
        }
        let events = destination.max_events == 0 ? 100 : Int(destination.max_events)
        let bytes = destination.max_bytes == 0 ? 500_000 : Int(destination.max_bytes)
        delivery = HostDelivery(
            limits: BatchLimits(events: events, bytes: bytes), deliver: deliver, callbacks: callbacks)
        self.callbacks = callbacks
    }

    /// A destination; where that fails, `release` is called.
    static func make(_ pointer: UnsafePointer<footfall_destination>?) throws(CallProblem) -> HostDestination {
        guard let pointer else { throw .invalid("destination is NULL") }
        let destination = try Arguments.copy(pointer, footfall_destination(), "footfall_destination")
        let callbacks = HostCallbacks(destination.user, destination.release)
        return try callbacks.making { () throws(CallProblem) in
            guard let deliver = destination.deliver else { throw .invalid("deliver is NULL") }
            return try HostDestination(destination, deliver, callbacks)
        }
    }

    var key: String { name }

    func makeDelivery() -> (any Delivery)? { delivery }

    func shutdown() { callbacks.end() }
}

/// Delivers batches with a function of a C program.
struct HostDelivery: Delivery {
    let limits: BatchLimits
    let deliver: HostDestination.Deliver
    let callbacks: HostCallbacks

    func begin(_ batch: DeliveryBatch, _ attempt: DeliveryAttempt) -> DeliveryStep {
        let shown = HostBatch(batch)
        let number = Int32(clamping: attempt.retryCount.addingReportingOverflow(1).partialValue)
        let code = callbacks.call { user in
            withExtendedLifetime(shown) { deliver(user, shown.pointer, number) }
        }
        guard let code else { return .finished(.retry("the client is closed", after: nil)) }
        return code == 4 ? shown.later() : .finished(shown.outcome(code))
    }
}
