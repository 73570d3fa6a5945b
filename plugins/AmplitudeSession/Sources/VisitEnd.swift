// SPDX-License-Identifier: MIT
import Footfall

/// A visit that ended.
public struct VisitEnd: Sendable, Equatable {
    /// The anonymousId of the visit's events; empty when the visit began and ended in other
    /// programs before this one knew of it.
    public var id: String
    /// Why the visit ended.
    public var reason: VisitEndReason
    /// When the visit ended. A visit that idleness ended did so at its last activity plus
    /// the session's limit.
    public var at: Timestamp
    /// Whether the visit had an interaction; a visit without one has no session.
    public var hadInteraction: Bool

    /// - Parameter known: The anonymousId of the visit that this process knew to be open.
    init(_ ended: VisitStateMachine.Ended, known: String?) {
        let isKnown = known.map(VisitStateMachine.Ended.digest) == ended.digest
        id = isKnown ? known ?? "" : ended.visit.anonymousId
        reason = ended.reason
        at = ended.at.wall
        hadInteraction = ended.visit.hasInteraction
    }
}
