// SPDX-License-Identifier: MIT
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation
// The header documents the functions.
import CFootfall
import Footfall

@c @implementation
public func footfall_add_destination(
    _ client: OpaquePointer!, _ destination: UnsafePointer<footfall_destination>!
) -> UInt64 {
    reporting(0) { () throws(CallProblem) in
        let made = try HostDestination.make(destination)
        return try Client.add(made, made.callbacks, to: client)
    }
}

@c @implementation
public func footfall_batch_count(_ batch: OpaquePointer!) -> Int {
    reporting(0) { () throws(CallProblem) in try HostBatch.known(batch).count }
}

@c @implementation
public func footfall_batch_event(
    _ batch: OpaquePointer!, _ index: Int, _ length: UnsafeMutablePointer<Int>!
) -> UnsafePointer<CChar>! {
    length?.pointee = 0
    return reporting(nil) { () throws(CallProblem) in
        let event = try HostBatch.known(batch).event(index)
        length?.pointee = event.count
        return UnsafeRawPointer(event.baseAddress)?.assumingMemoryBound(to: CChar.self)
    }
}

@c @implementation
public func footfall_batch_refuse(_ batch: OpaquePointer!, _ index: Int, _ reason: UnsafePointer<CChar>!) {
    reporting(()) { () throws(CallProblem) in
        let reason = try Arguments.text(reason, "reason")
        try HostBatch.known(batch).refuse(index, reason ?? "the program refused it")
    }
}

@c @implementation
public func footfall_batch_finish(
    _ batch: OpaquePointer!, _ outcome: Int32, _ reason: UnsafePointer<CChar>!, _ retry_after_ms: Int32
) {
    reporting(()) { () throws(CallProblem) in
        let batch = try HostBatch.known(batch)
        // Also with a reason that cannot be read the batch must end.
        let reason = (try? Arguments.text(reason, "reason")) ?? nil
        batch.finish(outcome, reason, after: retry_after_ms > 0 ? .milliseconds(Int(retry_after_ms)) : nil)
    }
}
