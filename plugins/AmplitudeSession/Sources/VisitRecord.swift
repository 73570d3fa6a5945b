// SPDX-License-Identifier: MIT
import Footfall

/// How the visit is kept: three members of the session's JSON. What cannot be
/// read counts as absent.
enum VisitRecord {
    static func read(_ stored: JSONObject?, _ configuration: SessionConfiguration) -> VisitStateMachine {
        VisitStateMachine(
            limit: configuration.limit, visit: stored?["visit"]?.objectValue.flatMap(visit),
            attractBootID: stored?["attract"]?.stringValue, ended: stored?["endedVisit"]?.objectValue.flatMap(ended))
    }

    static func write(_ visits: VisitStateMachine, to stored: inout JSONObject) {
        stored["visit"] = visits.visit.map { .object(object($0)) }
        stored["attract"] = visits.attractBootID.map { .string($0) }
        stored["endedVisit"] = visits.ended.map { ended in
            [
                "digest": .string(ended.digest), "began": json(ended.visit.began), "last": json(ended.visit.last),
                "hasInteraction": .bool(ended.visit.hasInteraction), "reason": .string(ended.reason.rawValue),
                "at": json(ended.at),
            ]
        }
    }

    private static func visit(_ object: JSONObject) -> Visit? {
        guard let id = object["anonymousId"]?.stringValue, !id.isEmpty else { return nil }
        return visit(id, object)
    }

    private static func visit(_ id: String, _ object: JSONObject) -> Visit? {
        guard let began = moment(object["began"]), let last = moment(object["last"]) else { return nil }
        var visit = Visit(anonymousId: id, at: began)
        visit.last = last
        visit.userId = object["userId"]?.stringValue
        visit.hasInteraction = object["hasInteraction"]?.boolValue ?? false
        visit.pausedSince = moment(object["pausedSince"])
        return visit
    }

    private static func ended(_ object: JSONObject) -> VisitStateMachine.Ended? {
        // An earlier version kept the id.
        guard let at = moment(object["at"]), let visit = visit("", object),
            let digest = object["digest"]?.stringValue
                ?? object["anonymousId"]?.stringValue.map(VisitStateMachine.Ended.digest)
        else { return nil }
        return VisitStateMachine.Ended(
            visit: visit, digest: digest, reason: VisitEndReason(rawValue: object["reason"]?.stringValue ?? ""),
            at: at)
    }

    private static func object(_ visit: Visit) -> JSONObject {
        var object: JSONObject = [
            "anonymousId": .string(visit.anonymousId), "began": json(visit.began), "last": json(visit.last),
            "hasInteraction": .bool(visit.hasInteraction),
        ]
        object["userId"] = visit.userId.map { .string($0) }
        object["pausedSince"] = visit.pausedSince.map(json)
        return object
    }

    private static func json(_ moment: SessionMoment) -> JSON {
        [
            "wall": .int(moment.wall.milliseconds), "boot": .int(moment.bootNanoseconds),
            "bootID": .string(moment.bootID),
        ]
    }

    private static func moment(_ value: JSON?) -> SessionMoment? {
        guard let object = value?.objectValue, let wall = object["wall"]?.intValue, SessionRecord.isTime(wall),
            let boot = object["boot"]?.intValue, (0...1 << 62).contains(boot),
            let bootID = object["bootID"]?.stringValue
        else { return nil }
        return SessionMoment(wall: Timestamp(milliseconds: wall), bootNanoseconds: boot, bootID: bootID)
    }
}
