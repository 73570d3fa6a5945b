// SPDX-License-Identifier: MIT
import Footfall

/// The events that say that a session begins or ends, and where its id goes.
enum SessionMarkers {
    static let destinationKey = "Actions Amplitude"
    static let startName = "session_start"
    static let endName = "session_end"

    /// At the last activity of the session, by whom it belonged to then; not
    /// before its start, wherever the clock was set meanwhile.
    static func end(of session: Session) -> Event {
        marker(
            endName, session.id, at: max(session.last.wall, session.start), anonymousId: session.anonymousId,
            userId: session.userId)
    }

    /// At the time of the event that opens it.
    static func start(id: Int64, with event: Event) -> Event {
        marker(startName, id, at: event.timestamp, anonymousId: event.anonymousId, userId: event.userId)
    }

    private static func marker(
        _ name: String, _ id: Int64, at time: Timestamp, anonymousId: String, userId: String?
    ) -> Event {
        var event = Event(type: .track, timestamp: time, anonymousId: anonymousId)
        event.event = name
        event.userId = userId
        event.priority = .critical
        event.integrations = ["All": false]
        attach(id, to: &event)
        return event
    }

    /// The id an event carries already: its own, or −1 for none at all.
    static func attachedID(_ event: Event) -> Int64? {
        event.integrations[destinationKey]?.objectValue?["session_id"]?.intValue
    }

    /// Whether an event wants an id: not where it refuses the destination.
    static func takesID(_ event: Event) -> Bool { event.isRouted(to: destinationKey) }

    /// Puts an id beside what is there for the destination.
    static func attach(_ id: Int64, to event: inout Event) {
        event.integrations.update(destinationKey) { $0["session_id"] = .int(id) }
    }
}
