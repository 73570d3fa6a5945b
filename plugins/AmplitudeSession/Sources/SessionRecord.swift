// SPDX-License-Identifier: MIT
@_spi(Sessions) import Footfall

/// How the session is kept in the key-value store.
///
/// `analytics_session_id` and `analytics_session_id.last_access` are public and
/// stable: integer text, milliseconds since 1970. What the state machine needs
/// besides is JSON under `analytics_session_id.state`. Whatever is there, from
/// whomever, gives a state: what cannot be read counts as absent.
enum SessionRecord {
    static let idKey = "analytics_session_id"
    static let lastAccessKey = "analytics_session_id.last_access"
    static let stateKey = "analytics_session_id.state"

    static func read(_ state: TransactionState, _ configuration: SessionConfiguration) throws -> SessionState {
        let stored = try state.text(stateKey).flatMap(object)
        let lastID = stored?["lastID"]?.intValue ?? 0
        var read = SessionState(configuration)
        read.session = SessionStateMachine(
            limit: configuration.limit, maximumLength: configuration.maximumLength,
            session: try session(state, stored), lastID: isTime(lastID) ? lastID : 0,
            eventCount: min(max(stored?["events"]?.intValue ?? 0, 0), 1 << 53))
        read.visits = VisitRecord.read(stored, configuration)
        return read
    }

    /// Whether a number can be a time: from 1970 to the year 9999.
    static func isTime(_ milliseconds: Int64) -> Bool { (0...253_402_300_799_999).contains(milliseconds) }

    /// Nanoseconds since boot: none before it, and not as many that adding to them overflows.
    private static func bootTime(_ value: JSON?) -> Int64 { min(max(value?.intValue ?? 0, 0), 1 << 62) }

    private static func session(_ state: TransactionState, _ stored: JSONObject?) throws -> Session? {
        guard let id = try state.text(idKey).flatMap({ Int64($0) }), isTime(id) else { return nil }
        let lastAccess = try state.text(lastAccessKey).flatMap { Int64($0) }.flatMap { isTime($0) ? $0 : nil } ?? id
        guard let stored, stored["id"]?.intValue == id else {
            // Somebody wrote the public keys alone: gaps are by wall time then.
            let opened = SessionMoment(wall: Timestamp(milliseconds: id), bootNanoseconds: 0, bootID: "")
            let last = SessionMoment(wall: Timestamp(milliseconds: lastAccess), bootNanoseconds: 0, bootID: "")
            return Session(id: id, start: opened.wall, opened: opened, last: last, anonymousId: "", userId: nil)
        }
        let start = Timestamp(milliseconds: stored["start"]?.intValue.flatMap { isTime($0) ? $0 : nil } ?? id)
        return Session(
            id: id, start: start,
            opened: SessionMoment(
                wall: start, bootNanoseconds: bootTime(stored["startBoot"]),
                bootID: stored["startBootID"]?.stringValue ?? ""),
            last: SessionMoment(
                wall: Timestamp(milliseconds: lastAccess), bootNanoseconds: bootTime(stored["boot"]),
                bootID: stored["bootID"]?.stringValue ?? ""),
            anonymousId: stored["anonymousId"]?.stringValue ?? "", userId: stored["userId"]?.stringValue,
            visitID: stored["visitID"]?.stringValue)
    }

    static func write(_ whole: SessionState, to state: TransactionState) throws {
        let machine = whole.session
        var stored: JSONObject = ["lastID": .int(machine.lastID)]
        if machine.eventCount > 0 { stored["events"] = .int(machine.eventCount) }
        VisitRecord.write(whole.visits, to: &stored)
        guard let session = machine.session else {
            try state.set(idKey, nil)
            try state.set(lastAccessKey, nil)
            try state.set(stateKey, stored.text)
            return
        }
        try state.set(idKey, String(session.id))
        try state.set(lastAccessKey, String(session.last.wall.milliseconds))
        stored.merge([
            "id": .int(session.id), "start": .int(session.start.milliseconds),
            "startBoot": .int(session.opened.bootNanoseconds), "startBootID": .string(session.opened.bootID),
            "boot": .int(session.last.bootNanoseconds), "bootID": .string(session.last.bootID),
            "anonymousId": .string(session.anonymousId), "userId": session.userId.map { .string($0) } ?? .null,
        ])
        if let visitID = session.visitID { stored["visitID"] = .string(visitID) }
        try state.set(stateKey, stored.text)
        try record(session, in: state)
    }

    /// For events that come late.
    static func record(_ session: Session, in state: TransactionState) throws {
        try state.recordSession(
            id: session.id,
            openedAt: Moment(
                wall: session.start, bootNanoseconds: session.opened.bootNanoseconds, bootID: session.opened.bootID),
            last: session.last.wall)
    }

    private static func object(_ text: String) -> JSONObject? {
        // A damaged record counts as none: the public keys remain.
        (try? JSONParser.parse(text))?.objectValue
    }
}
