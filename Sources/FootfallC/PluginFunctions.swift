// SPDX-License-Identifier: MIT
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation
// The header documents the functions.
import CFootfall
import Footfall

@c @implementation
public func footfall_add_plugin(_ client: OpaquePointer!, _ plugin: UnsafePointer<footfall_plugin>!) -> UInt64 {
    reporting(0) { () throws(CallProblem) in
        let made = try HostPlugin.make(plugin)
        return try Client.add(made, made.callbacks, to: client)
    }
}

@c @implementation
public func footfall_remove(_ client: OpaquePointer!, _ id: UInt64) {
    reporting(()) { () throws(CallProblem) in try Client.open(client).analytics.remove(id: id) }
}

@c @implementation
public func footfall_event_get(
    _ event: OpaquePointer!, _ path: UnsafePointer<CChar>!, _ out: UnsafeMutablePointer<footfall_property>!
) -> footfall_status {
    reportingStatus { () throws(CallProblem) in
        let event = try VisibleEvent.known(event)
        guard let out else { throw .invalid("out is NULL") }
        if let path = try Arguments.text(path, "path") {
            out.pointee = try event.property(at: path)
            return FOOTFALL_OK
        }
        let text = try event.json()
        out.pointee = footfall_property()
        out.pointee.kind = FOOTFALL_JSON
        out.pointee.value.text = text
        return FOOTFALL_OK
    }
}

@c @implementation
public func footfall_event_set(
    _ event: OpaquePointer!, _ path: UnsafePointer<CChar>!, _ value: UnsafePointer<footfall_property>!
) -> footfall_status {
    reportingStatus { () throws(CallProblem) in
        let event = try VisibleEvent.known(event)
        guard let value else { throw .invalid("value is NULL; footfall_end() removes a field") }
        try event.set(value.pointee, at: Arguments.text(path, "path"))
        return FOOTFALL_OK
    }
}

extension Client {
    /// Adds a plugin, or releases it when the client cannot have it.
    static func add(
        _ plugin: any Plugin, _ callbacks: HostCallbacks, to pointer: OpaquePointer?
    ) throws(CallProblem) -> UInt64 {
        let client = try callbacks.making { () throws(CallProblem) in try open(pointer) }
        client.add(callbacks)
        // Its maker lets go of it: it is the client's from here on.
        nonisolated(unsafe) let plugin: any Plugin = plugin
        return client.analytics.add(plugin: plugin).id
    }
}
