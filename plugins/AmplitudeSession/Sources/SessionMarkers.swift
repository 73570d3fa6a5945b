// SPDX-License-Identifier: MIT
@_spi(Sessions) import Footfall

/// Makes the events that mark the beginning and end of a session, and puts ids on events.
struct SessionMarkers: Sendable {
    static let destinationKey = "Actions Amplitude"

    private let names: SessionConfiguration.Markers?
    private let goesToAll: Bool

    init(_ configuration: SessionConfiguration) {
        names = configuration.markers
        goesToAll = configuration.sendsMarkersToAll
    }

    /// The end of a session, with the time and identity of its last activity. It is never
    /// before the session's start, even if the clock was set back. `nil` without markers.
    ///
    /// - Parameter visit: The visit that ended with the session. The marker has its reason and time.
    func end(of session: Session, _ visit: VisitStateMachine.Ended? = nil) -> Event? {
        names.map { names in
            var moment = session.last
            moment.wall = session.end
            var event = marker(names.end, session, at: moment)
            if let visit {
                event.properties = [
                    "reason": .string(visit.reason.rawValue), "ended_at": .string(visit.at.wall.description),
                ]
            }
            return event
        }
    }

    /// The start of a session, at the time of the event that opens it. `nil` without markers.
    func start(of session: Session) -> Event? { names.map { marker($0.start, session, at: session.opened) } }

    private func marker(_ name: String, _ session: Session, at moment: SessionMoment) -> Event {
        var event = Event(type: .track, timestamp: moment.wall, anonymousId: session.anonymousId)
        event.stamp(bootNanoseconds: moment.bootNanoseconds, bootID: moment.bootID)
        event.event = name
        event.userId = session.userId
        event.priority = .critical
        if !goesToAll { event.integrations = ["All": false] }
        Self.attach(session.id, to: &event)
        return event
    }

    /// Moves the session id and the end of a visit on a stored event.
    static func correct(
        _ event: inout JSONObject, by milliseconds: Int64, _ ids: [Int64: Int64], endName: String?
    ) -> Bool {
        var isChanged = false
        if let id = event["integrations"]?.objectValue.flatMap(Self.id), let moved = ids[id] {
            event.update("integrations") { $0.update(destinationKey) { $0["session_id"] = .int(moved) } }
            isChanged = true
        }
        if milliseconds != 0, let endName, event["event"]?.stringValue == endName,
            let text = event["properties"]?.objectValue?["ended_at"]?.stringValue, let time = Timestamp(text)
        {
            let (sum, overflow) = time.milliseconds.addingReportingOverflow(milliseconds)
            guard !overflow else { return isChanged }
            event.update("properties") { $0["ended_at"] = .string(Timestamp(milliseconds: sum).description) }
            isChanged = true
        }
        return isChanged
    }

    /// The session id that the event has already; −1 for outside of any session. Some senders
    /// write the number as a text.
    static func attachedID(_ event: Event) -> Int64? { id(event.integrations) }

    private static func id(_ integrations: JSONObject) -> Int64? {
        let value = integrations[destinationKey]?.objectValue?["session_id"]
        guard let text = value?.stringValue else { return value?.intValue }
        // Int64 reads "+5" as well, which is no id that a client wrote.
        return text.utf8.first == UInt8(ascii: "+") ? nil : Int64(text)
    }

    /// Writes an id that is a text as the number that it is.
    static func readID(of event: inout Event) {
        guard !event.integrations.isEmpty, let id = attachedID(event),
            event.integrations[destinationKey]?.objectValue?["session_id"]?.stringValue != nil
        else { return }
        attach(id, to: &event)
    }

    /// Whether the event gets an id: false if its `integrations` refuse the destination.
    static func takesID(_ event: Event) -> Bool { event.isRouted(to: destinationKey) }

    /// Puts a session id beside what the event has for the destination.
    static func attach(_ id: Int64, to event: inout Event) {
        event.integrations.update(destinationKey) { $0["session_id"] = .int(id) }
    }

    /// Puts the event's number beside what it has for the destination, if it gets ids.
    static func attach(eventID id: Int64, to event: inout Event) {
        guard takesID(event) else { return }
        event.integrations.update(destinationKey) { $0["event_id"] = .int(id) }
    }
}
