// SPDX-License-Identifier: MIT
@_spi(Sessions) import Footfall

/// The identity of events outside of visits.
typealias Installation = (anonymousId: String, userId: String?)

/// The decision of a transaction about one event; `nil` leaves a part as it is.
struct SessionRuling {
    var sessionId: Int64?
    var eventID: Int64?
    var owner: (anonymousId: String, userId: String?)?
    var isNonInteraction = false
    /// The number of the first marker that was planned before the event.
    var firstPlannedID: Int64?

    /// Whether the event stays as it is.
    var isEmpty: Bool { sessionId == nil && eventID == nil && owner == nil && !isNonInteraction }

    func stamp(_ event: inout Event) {
        if let owner {
            event.anonymousId = owner.anonymousId
            event.userId = owner.userId
        }
        if isNonInteraction { event.properties["nonInteraction"] = true }
        if let sessionId { SessionMarkers.attach(sessionId, to: &event) }
        if let eventID { SessionMarkers.attach(eventID: eventID, to: &event) }
    }

    func stampPlanned(_ event: inout Event, at index: Int) {
        if let firstPlannedID { SessionMarkers.attach(eventID: firstPlannedID + Int64(index), to: &event) }
    }
}
