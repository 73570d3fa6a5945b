// SPDX-License-Identifier: MIT
import Footfall

/// A visit that ended.
public struct VisitEnd: Sendable, Equatable {
    /// The anonymousId that its events have; empty where the visit began and ended
    /// in other programs, before this one heard of it.
    public var id: String
    public var reason: VisitEndReason
    /// When; of one that was left, its last activity and the limit.
    public var at: Timestamp
    /// Without any, only its count is kept.
    public var hadInteraction: Bool

    /// - Parameter known: The visit that this process knew to be open.
    init(_ ended: VisitStateMachine.Ended, known: String?) {
        let isKnown = known.map(VisitStateMachine.Ended.digest) == ended.digest
        id = isKnown ? known ?? "" : ended.visit.anonymousId
        reason = ended.reason
        at = ended.at.wall
        hadInteraction = ended.visit.hasInteraction
    }
}
