// SPDX-License-Identifier: MIT
import CFootfall
import Footfall

/// The options of one event.
struct EventOptions {
    /// Without the durability `immediate`, whose wait ``Client`` does itself, to know its result.
    private(set) var call: CallOptions?
    private(set) var isImmediate = false

    init(_ pointer: UnsafePointer<footfall_options>?) throws(CallProblem) {
        guard let pointer else { return }
        let options = try Arguments.copy(pointer, footfall_options(), "footfall_options")
        var call = CallOptions()
        if options.timestamp_ms != 0 { call.timestamp = Timestamp(milliseconds: options.timestamp_ms) }
        call.messageId = try Arguments.text(options.message_id, "message_id")
        call.anonymousId = try Arguments.text(options.anonymous_id, "anonymous_id")
        call.userId = try Arguments.text(options.user_id, "user_id")
        if let context = try Arguments.object(options.context, "context") { call.context = context }
        if let routes = try Arguments.object(options.integrations, "integrations") { call.integrations = routes }
        switch options.priority {
        case 0: break
        case 1: call.priority = .low
        case 2: call.priority = .normal
        case 3: call.priority = .critical
        default: throw .invalid("priority is \(options.priority), which is unknown")
        }
        switch options.durability {
        case 0: break
        case 1: call.durability = .deferred
        case 2: call.durability = .process
        case 3:
            call.durability = .process
            isImmediate = true
        default: throw .invalid("durability is \(options.durability), which is unknown")
        }
        guard options.flags & ~1 == 0 else { throw .invalid("flags is \(options.flags), which is unknown") }
        call.isForeign = options.flags == 1
        self.call = call
    }
}
