// SPDX-License-Identifier: MIT
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation
// The header documents the functions.
import CFootfall
import Footfall
import FootfallStore

@c @implementation
public func footfall_track(
    _ client: OpaquePointer!, _ name: UnsafePointer<CChar>!, _ properties: UnsafePointer<footfall_property>!,
    _ options: UnsafePointer<footfall_options>!
) -> footfall_status {
    recording(client, options) { () throws(CallProblem) in
        var event = Event(type: .track)
        event.event = try Arguments.required(name, "name")
        event.properties = try PropertyList.read(properties)
        return event
    }
}

@c @implementation
public func footfall_identify(
    _ client: OpaquePointer!, _ user_id: UnsafePointer<CChar>!, _ traits: UnsafePointer<footfall_property>!,
    _ options: UnsafePointer<footfall_options>!
) -> footfall_status {
    recording(client, options) { () throws(CallProblem) in
        var event = Event(type: .identify)
        event.userId = try Arguments.text(user_id, "user_id")
        event.traits = try PropertyList.read(traits)
        return event
    }
}

@c @implementation
public func footfall_screen(
    _ client: OpaquePointer!, _ name: UnsafePointer<CChar>!, _ category: UnsafePointer<CChar>!,
    _ properties: UnsafePointer<footfall_property>!, _ options: UnsafePointer<footfall_options>!
) -> footfall_status {
    recording(client, options) { () throws(CallProblem) in try viewEvent(.screen, name, category, properties) }
}

@c @implementation
public func footfall_page(
    _ client: OpaquePointer!, _ name: UnsafePointer<CChar>!, _ category: UnsafePointer<CChar>!,
    _ properties: UnsafePointer<footfall_property>!, _ options: UnsafePointer<footfall_options>!
) -> footfall_status {
    recording(client, options) { () throws(CallProblem) in try viewEvent(.page, name, category, properties) }
}

@c @implementation
public func footfall_group(
    _ client: OpaquePointer!, _ group_id: UnsafePointer<CChar>!, _ traits: UnsafePointer<footfall_property>!,
    _ options: UnsafePointer<footfall_options>!
) -> footfall_status {
    recording(client, options) { () throws(CallProblem) in
        var event = Event(type: .group)
        event.groupId = try Arguments.required(group_id, "group_id")
        event.traits = try PropertyList.read(traits)
        return event
    }
}

@c @implementation
public func footfall_alias(
    _ client: OpaquePointer!, _ new_id: UnsafePointer<CChar>!, _ previous_id: UnsafePointer<CChar>!,
    _ options: UnsafePointer<footfall_options>!
) -> footfall_status {
    recording(client, options) { () throws(CallProblem) in
        var event = Event(type: .alias)
        event.userId = try Arguments.required(new_id, "new_id")
        event.previousId = try Arguments.text(previous_id, "previous_id")
        return event
    }
}

@c @implementation
public func footfall_record(
    _ client: OpaquePointer!, _ event_json: UnsafePointer<CChar>!, _ length: Int,
    _ options: UnsafePointer<footfall_options>!
) -> footfall_status {
    recording(client, options) { () throws(CallProblem) in
        guard let event_json, length > 0 else { throw .invalid("event_json is empty") }
        // A length beyond the largest event is refused before a byte is read.
        let bytes = UnsafeRawBufferPointer(start: event_json, count: length).bindMemory(to: UInt8.self)
        do throws(EventReader.Problem) {
            return try EventReader.read(bytes)
        } catch {
            throw .invalid("event_json: \(error)")
        }
    }
}

@c @implementation
public func footfall_reset(_ client: OpaquePointer!) -> footfall_status {
    reportingStatus { () throws(CallProblem) in
        try Client.open(client).analytics.reset()
        return FOOTFALL_OK
    }
}

/// The event of a screen or a page.
private func viewEvent(
    _ type: EventType, _ name: UnsafePointer<CChar>?, _ category: UnsafePointer<CChar>?,
    _ properties: UnsafePointer<footfall_property>?
) throws(CallProblem) -> Event {
    var event = Event(type: type)
    event.name = try Arguments.text(name, "name") ?? ""
    event.category = try Arguments.text(category, "category")
    event.properties = try PropertyList.read(properties)
    return event
}

/// Records the event that `makeEvent` reads from the arguments of a call.
@inline(__always)
private func recording(
    _ client: OpaquePointer?, _ options: UnsafePointer<footfall_options>?,
    _ makeEvent: () throws(CallProblem) -> Event
) -> footfall_status {
    reportingStatus { () throws(CallProblem) in try Client.known(client).record(options, makeEvent) }
}

extension Client {
    /// Records an event. After the close it is only counted.
    fileprivate func record(
        _ pointer: UnsafePointer<footfall_options>?, _ makeEvent: () throws(CallProblem) -> Event
    ) throws(CallProblem) -> footfall_status {
        let event: Event
        let options: EventOptions
        do throws(CallProblem) {
            options = try EventOptions(pointer)
            event = try makeEvent()
        } catch {
            throw isClosed ? .closed : error
        }
        do throws(FootfallError) {
            try analytics.record(consume event, options: options.call)
        } catch {
            throw isClosed ? .closed : .invalid(error.message)
        }
        guard !isClosed else { throw .closed }
        if options.isImmediate, !isInCallback, let problem = analytics.storeOnDisk(timeout: Limits.immediateWait) {
            analytics.report(problem)
            throw CallProblem(FOOTFALL_UNAVAILABLE, problem.message)
        }
        return FOOTFALL_OK
    }
}
