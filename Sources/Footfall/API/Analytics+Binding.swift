// SPDX-License-Identifier: MIT

// For bindings of other languages, which make events and options from what they are given.
extension Analytics {
    /// Records an event as the call of its type does, for example ``track(name:properties:options:enrichments:)``.
    ///
    /// - Returns: false when the event is too large: it is dropped, and the host is told.
    package func record(_ event: consuming Event, options: CallOptions?) -> Bool {
        if let options {
            var unused = PostOptions()
            options.apply(to: &event, &unused)
        }
        let isTooLarge = EventSize.isTooLarge(event)
        let change = event.identityChange
        post(event, options, [], change)
        return !isTooLarge
    }

    /// Removes a plugin by the id of its handle. An unknown id changes nothing.
    package func remove(id: UInt64) { runtime.removePlugin(id: id) }
}

extension Event {
    /// An event without a messageId, a timestamp and an identity, which it gets when it is recorded.
    package init(type: EventType) { self.init(type: type, identifier: .unassigned) }
}
