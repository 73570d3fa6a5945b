// SPDX-License-Identifier: MIT

// For bindings of other languages, which make events and options from what they are given.
extension Analytics {
    /// Records an event as the call of its type does, for example ``track(name:properties:options:enrichments:)``.
    ///
    /// - Throws: when the event is dropped because it is invalid or too large. The host is told as well.
    package func record(_ event: consuming Event, options: CallOptions?) throws(FootfallError) {
        let tooLarge = EventSize.isTooLarge(event, with: options) ? EventSize.problem(event.type.rawValue) : nil
        let change = event.identityChange
        if let problem = post(consume event, options, [], change) ?? tooLarge { throw problem }
    }

    /// Removes a plugin by the id of its handle. An unknown id changes nothing.
    package func remove(id: UInt64) { runtime.removePlugin(id: id) }
}

extension Event {
    /// An event without a messageId, a timestamp and an identity, which it gets when it is recorded.
    package init(type: EventType) { self.init(type: type, identifier: .unassigned) }
}
