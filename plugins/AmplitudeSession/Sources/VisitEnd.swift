// SPDX-License-Identifier: MIT
import Footfall

/// A visit that ended.
public struct VisitEnd: Sendable, Equatable {
    /// The anonymousId that its events have.
    public var id: String
    public var reason: VisitEndReason
    /// When; of one that was left, its last activity and the limit.
    public var at: Timestamp
    /// Without any, only its count is kept.
    public var hadInteraction: Bool

    init(_ ended: VisitStateMachine.Ended) {
        id = ended.visit.anonymousId
        reason = ended.reason
        at = ended.at.wall
        hadInteraction = ended.visit.hasInteraction
    }

    /// The counters of the store: visits that ended, and those without interaction.
    static let counter = "visits"
    static let emptyCounter = "visits.empty"
}
