// SPDX-License-Identifier: MIT
import Footfall

/// The events that say that a session begins or ends, and where its id goes.
struct SessionMarkers: Sendable {
    static let destinationKey = "Actions Amplitude"

    private let names: SessionConfiguration.Markers?
    private let goesToAll: Bool

    init(_ configuration: SessionConfiguration) {
        names = configuration.markers
        goesToAll = configuration.sendsMarkersToAll
    }

    /// At the last activity of the session, by whom it belonged to then; not
    /// before its start, wherever the clock was set meanwhile. `nil` without markers.
    func end(of session: Session) -> Event? {
        names.map {
            marker(
                $0.end, session.id, at: max(session.last.wall, session.start), anonymousId: session.anonymousId,
                userId: session.userId)
        }
    }

    /// At the time of the event that opens it. `nil` without markers.
    func start(id: Int64, with event: Event) -> Event? {
        start(id: id, at: event.timestamp, anonymousId: event.anonymousId, userId: event.userId)
    }

    func start(id: Int64, at time: Timestamp, anonymousId: String, userId: String?) -> Event? {
        names.map { marker($0.start, id, at: time, anonymousId: anonymousId, userId: userId) }
    }

    private func marker(
        _ name: String, _ id: Int64, at time: Timestamp, anonymousId: String, userId: String?
    ) -> Event {
        var event = Event(type: .track, timestamp: time, anonymousId: anonymousId)
        event.event = name
        event.userId = userId
        event.priority = .critical
        if !goesToAll { event.integrations = ["All": false] }
        Self.attach(id, to: &event)
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

    /// Puts the number of an event beside what is there, if the destination takes it.
    static func attach(eventID id: Int64, to event: inout Event) {
        guard takesID(event) else { return }
        event.integrations.update(destinationKey) { $0["event_id"] = .int(id) }
    }
}
