// SPDX-License-Identifier: MIT
import Footfall

/// How the session is kept in the key-value store.
///
/// `analytics_session_id` and `analytics_session_id.last_access` are public and
/// stable: integer text, milliseconds since 1970. What the state machine needs
/// besides is JSON under `analytics_session_id.state`.
enum SessionRecord {
    static let idKey = "analytics_session_id"
    static let lastAccessKey = "analytics_session_id.last_access"
    static let stateKey = "analytics_session_id.state"

    static func read(_ state: TransactionState, limit: Duration) throws -> SessionStateMachine {
        let stored = try state.text(stateKey).flatMap(object)
        let lastID = stored?["lastID"]?.intValue ?? 0
        guard let id = try state.text(idKey).flatMap({ Int64($0) }), id >= 0 else {
            return SessionStateMachine(limit: limit, lastID: lastID)
        }
        let lastAccess = try state.text(lastAccessKey).flatMap { Int64($0) } ?? id
        guard let stored, stored["id"]?.intValue == id else {
            // Somebody wrote the public keys alone: gaps are by wall time then.
            let last = SessionMoment(wall: Timestamp(milliseconds: lastAccess), bootNanoseconds: 0, bootID: "")
            let session = Session(
                id: id, start: Timestamp(milliseconds: id), last: last, anonymousId: "", userId: nil)
            return SessionStateMachine(limit: limit, session: session, lastID: lastID)
        }
        let session = Session(
            id: id, start: Timestamp(milliseconds: stored["start"]?.intValue ?? id),
            last: SessionMoment(
                wall: Timestamp(milliseconds: lastAccess), bootNanoseconds: stored["boot"]?.intValue ?? 0,
                bootID: stored["bootID"]?.stringValue ?? ""),
            anonymousId: stored["anonymousId"]?.stringValue ?? "", userId: stored["userId"]?.stringValue)
        return SessionStateMachine(limit: limit, session: session, lastID: lastID)
    }

    static func write(_ machine: SessionStateMachine, to state: TransactionState) throws {
        guard let session = machine.session else {
            try state.set(idKey, nil)
            try state.set(lastAccessKey, nil)
            try state.set(stateKey, JSONObject([("lastID", .int(machine.lastID))]).text)
            return
        }
        try state.set(idKey, String(session.id))
        try state.set(lastAccessKey, String(session.last.wall.milliseconds))
        let stored: JSONObject = [
            "id": .int(session.id), "start": .int(session.start.milliseconds), "lastID": .int(machine.lastID),
            "boot": .int(session.last.bootNanoseconds), "bootID": .string(session.last.bootID),
            "anonymousId": .string(session.anonymousId), "userId": session.userId.map { .string($0) } ?? .null,
        ]
        try state.set(stateKey, stored.text)
        try state.recordSession(id: session.id, start: session.start, last: session.last.wall)
    }

    private static func object(_ text: String) -> JSONObject? {
        // A damaged record counts as none: the public keys remain.
        (try? JSONParser.parse(text))?.objectValue
    }
}
