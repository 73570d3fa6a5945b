// SPDX-License-Identifier: MIT
import FootfallStore

/// What is to be changed because the time of a boot is known now; for a
/// ``TransactionPlugin`` that keeps times or session ids.
public struct Redating: Sendable {
    /// The ids that sessions have instead; those of sessions that a destination
    /// has been told of are not among them.
    public internal(set) var sessionIDs: [Int64: Int64] = [:]
    private let clock: ClockStateMachine
    private let bootID: String

    init(_ clock: ClockStateMachine, bootID: String) {
        self.clock = clock
        self.bootID = bootID
    }

    /// What the wall time of a moment should have been.
    public func corrected(_ wall: Timestamp, bootNanoseconds: Int64, bootID: String) -> Timestamp {
        guard bootID == self.bootID else { return wall }
        return clock.corrected(bootID: bootID, wall: wall, bootNanoseconds: bootNanoseconds) ?? wall
    }
}

/// Moves what one boot stored to the time that it was in truth: timestamps,
/// session ids, markers and the session's state, by one offset for each span of
/// the clock, in one transaction. What a destination has tried stays as it is.
struct Redater {
    let store: Store
    let truth: Int64
    let bootID: String
    /// Where session ids are in a body.
    private static let sessionPath = ("Actions Amplitude", "session_id")
    private static let page = 500

    /// - Returns: how many events were changed.
    func run(_ clock: inout ClockStateMachine, _ plugin: (any TransactionPlugin)?) throws -> Int {
        let shifts = clock.confirm(truth, of: bootID)
        try store.clocks.setTruth(truth, of: bootID)
        guard !shifts.isEmpty else { return 0 }
        try store.counters.add(1, to: CounterTable.redatings)
        var redating = Redating(clock, bootID: bootID)
        redating.sessionIDs = try moveSessions(shifts)
        let changed = try moveEvents(shifts, redating.sessionIDs)
        if let plugin {
            let state = TransactionState(store)
            state.clock = clock
            try plugin.redate(redating, state)
        }
        return changed
    }

    /// Only those whose first event nobody has tried: servers know the others.
    private func moveSessions(_ shifts: [Int64: Int64]) throws(StoreError) -> [Int64: Int64] {
        let tried = try store.destinations.all().map(\.attempted).max() ?? 0
        var ids: [Int64: Int64] = [:]
        for (clock, shift) in shifts {
            for row in try store.sessions.all(by: clock) where row.event > tried {
                var moved = row
                moved.id += shift
                moved.start += shift
                // It may have gone on after the clock was set.
                let end = row.last + shift
                moved.last = max(shift > 0 && row.last >= moved.start ? row.last : end, moved.start)
                moved.clock = 0
                try store.sessions.replace(row.id, by: moved)
                ids[row.id] = moved.id
            }
        }
        return ids
    }

    private func moveEvents(_ shifts: [Int64: Int64], _ ids: [Int64: Int64]) throws(StoreError) -> Int {
        var changed = 0
        var last: Int64 = 0
        while true {
            let rows = try store.bodies.untried(after: last, limit: Self.page)
            guard let end = rows.last?.id else { return changed }
            last = end
            for row in rows {
                let shift = shifts[row.clock]
                guard shift != nil || !ids.isEmpty else { continue }
                var isChanged = false
                try store.bodies.replace(row, clock: shift == nil ? row.clock : 0) { body in
                    let moved = Self.move(body, shift, ids)
                    if moved != nil { isChanged = true }
                    return moved
                }
                if isChanged { changed += 1 }
            }
        }
    }

    /// A body at its right time; `nil` when nothing of it changes.
    private static func move(
        _ body: UnsafeBufferPointer<UInt8>, _ shift: Int64?, _ ids: [Int64: Int64]
    ) -> [UInt8]? {
        // It was written by this library; a damaged one is left to the destination.
        guard var event = (try? JSONParser.parse(body))?.objectValue else { return nil }
        var isChanged = false
        if let shift, let time = event["timestamp"]?.stringValue.flatMap({ Timestamp($0) }) {
            event["timestamp"] = .string(Timestamp(milliseconds: time.milliseconds + shift).description)
            isChanged = true
        }
        let (key, field) = sessionPath
        if let id = event["integrations"]?.objectValue?[key]?.objectValue?[field]?.intValue, let moved = ids[id] {
            event.update("integrations") { $0.update(key) { $0[field] = .int(moved) } }
            isChanged = true
        }
        guard isChanged else { return nil }
        var buffer = ByteBuffer(capacity: body.count + 16)
        buffer.append(json: event)
        return buffer.array()
    }
}
