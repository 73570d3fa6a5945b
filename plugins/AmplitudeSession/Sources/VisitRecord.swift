// SPDX-License-Identifier: MIT
import Footfall
import FootfallStore

/// How the visit is kept: three members of the session's JSON.
enum VisitRecord {
    private static let endedKey = "endedVisit"

    static func read(_ stored: StoredSession, _ configuration: SessionConfiguration) -> VisitStateMachine {
        VisitStateMachine(
            limit: configuration.limit, visit: stored.visit.map { Visit($0) }, attractBootID: stored.attractBootID,
            ended: stored.members?[endedKey]?.objectValue.flatMap(ended))
    }

    static func write(_ visits: VisitStateMachine, to members: inout JSONObject) {
        members[StoredVisit.key] = visits.visit.map { .object(StoredVisit($0).json) }
        members[StoredSession.attractKey] = visits.attractBootID.map { .string($0) }
        members[endedKey] = visits.ended.map { ended in
            [
                "digest": .string(ended.digest), "began": ended.visit.began.stored.json,
                "last": ended.visit.last.stored.json, "hasInteraction": .bool(ended.visit.hasInteraction),
                "reason": .string(ended.reason.rawValue), "at": ended.at.stored.json,
            ]
        }
    }

    private static func ended(_ object: JSONObject) -> VisitStateMachine.Ended? {
        // An earlier version kept the id.
        guard let at = StoredVisit.Moment(object["at"]), let visit = StoredVisit(anonymousId: "", object),
            let digest = object["digest"]?.stringValue
                ?? object["anonymousId"]?.stringValue.map(VisitStateMachine.Ended.digest)
        else { return nil }
        return VisitStateMachine.Ended(
            visit: Visit(visit), digest: digest, reason: VisitEndReason(rawValue: object["reason"]?.stringValue ?? ""),
            at: SessionMoment(at))
    }
}

extension Visit {
    fileprivate init(_ stored: StoredVisit) {
        self.init(anonymousId: stored.anonymousId, at: SessionMoment(stored.began))
        last = SessionMoment(stored.last)
        userId = stored.userId
        hasInteraction = stored.hasInteraction
        pausedSince = stored.pausedSince.map { SessionMoment($0) }
    }
}

extension StoredVisit {
    fileprivate init(_ visit: Visit) {
        self.init(
            anonymousId: visit.anonymousId, userId: visit.userId, began: visit.began.stored, last: visit.last.stored,
            hasInteraction: visit.hasInteraction, pausedSince: visit.pausedSince?.stored)
    }
}

extension SessionMoment {
    fileprivate init(_ stored: StoredVisit.Moment) {
        self.init(
            wall: Timestamp(milliseconds: stored.wall), bootNanoseconds: stored.bootNanoseconds, bootID: stored.bootID)
    }

    fileprivate var stored: StoredVisit.Moment {
        StoredVisit.Moment(wall: wall.milliseconds, bootNanoseconds: bootNanoseconds, bootID: bootID)
    }
}
