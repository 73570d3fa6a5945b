// SPDX-License-Identifier: MIT
@_spi(Sessions) import Footfall
import FootfallStore

/// How the session's state is kept in the key-value store, under ``SessionKeys``.
enum SessionRecord {
    private static let keys = SessionKeys()

    static func read(_ state: TransactionState, _ configuration: SessionConfiguration) throws -> SessionState {
        read(try StoredSession(keys) { try state.text($0) }, configuration)
    }

    static func read(_ stored: StoredSession, _ configuration: SessionConfiguration) -> SessionState {
        let members = stored.members
        let lastID = time(members?["lastID"]) ?? 0
        var read = SessionState(configuration)
        read.session = SessionStateMachine(
            limit: configuration.limit, maximumLength: configuration.maximumLength, session: session(stored),
            lastID: lastID, eventCount: min(max(members?["events"]?.intValue ?? 0, 0), Statement.largest))
        read.visits = VisitRecord.read(stored, configuration)
        return read
    }

    private static func time(_ value: JSON?) -> Int64? {
        value?.intValue.flatMap { Timestamp.since1970.contains($0) ? $0 : nil }
    }

    /// Nanoseconds since boot, held inside what can be computed with.
    private static func bootTime(_ value: JSON?) -> Int64 {
        min(max(value?.intValue ?? 0, 0), StoredVisit.Moment.longestBoot)
    }

    private static func session(_ stored: StoredSession) -> Session? {
        guard let id = stored.id else { return nil }
        let lastAccess = stored.lastAccess ?? id
        guard let members = stored.members, members["id"]?.intValue == id else {
            // Another program wrote the public keys alone: gaps are by wall time then.
            let opened = SessionMoment(wall: Timestamp(milliseconds: id), bootNanoseconds: 0, bootID: "")
            let last = SessionMoment(wall: Timestamp(milliseconds: lastAccess), bootNanoseconds: 0, bootID: "")
            return Session(id: id, start: opened.wall, opened: opened, last: last, anonymousId: "", userId: nil)
        }
        let start = Timestamp(milliseconds: time(members["start"]) ?? id)
        return Session(
            id: id, start: start,
            opened: SessionMoment(
                wall: start, bootNanoseconds: bootTime(members["startBoot"]),
                bootID: members["startBootID"]?.stringValue ?? ""),
            last: SessionMoment(
                wall: Timestamp(milliseconds: lastAccess), bootNanoseconds: bootTime(members["boot"]),
                bootID: members["bootID"]?.stringValue ?? ""),
            anonymousId: members["anonymousId"]?.stringValue ?? "", userId: members["userId"]?.stringValue,
            visitId: members["visitID"]?.stringValue)
    }

    static func write(_ whole: SessionState, to state: TransactionState) throws {
        let machine = whole.session
        var stored: JSONObject = ["lastID": .int(machine.lastID)]
        if machine.eventCount > 0 { stored["events"] = .int(machine.eventCount) }
        VisitRecord.write(whole.visits, to: &stored)
        guard let session = machine.session else {
            try state.set(keys.id, nil)
            try state.set(keys.lastAccess, nil)
            try state.set(keys.state, stored.text)
            return
        }
        try state.set(keys.id, String(session.id))
        try state.set(keys.lastAccess, String(session.last.wall.milliseconds))
        stored.merge([
            "id": .int(session.id), "start": .int(session.start.milliseconds),
            "startBoot": .int(session.opened.bootNanoseconds), "startBootID": .string(session.opened.bootID),
            "boot": .int(session.last.bootNanoseconds), "bootID": .string(session.last.bootID),
            "anonymousId": .string(session.anonymousId), "userId": session.userId.map { .string($0) } ?? .null,
        ])
        if let visitId = session.visitId { stored["visitID"] = .string(visitId) }
        try state.set(keys.state, stored.text)
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
}
