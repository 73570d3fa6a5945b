// SPDX-License-Identifier: MIT
import FootfallStore

/// The right times of boots whose clock was wrong, for a ``TransactionPlugin`` that keeps
/// times or session ids.
@_spi(Sessions)
public struct ClockCorrection: Sendable {
    /// The new ids of sessions, by the old ones. A session that a destination knows keeps its
    /// id.
    public internal(set) var sessionIds: [Int64: Int64] = [:]
    /// The highest id that any session has now.
    public internal(set) var lastSessionId: Int64 = 0
    private let clock: ClockStateMachine

    init(_ clock: ClockStateMachine) { self.clock = clock }

    /// The wall time that a moment should have had.
    public func corrected(_ moment: Moment) -> Timestamp { clock.corrected(moment) ?? moment.wall }
}

/// Moves what was stored by a wrong clock to its right time: timestamps, session ids, markers
/// and the session's state, by one offset for each span of a clock, in one transaction.
/// Events that were tried at a destination stay as they are.
struct ClockCorrector {
    let store: Store
    /// The plugin that has sessions. Without it their ids stay, since their state would.
    let plugin: (any TransactionPlugin)?
    private static let page = 500

    /// - Parameter truths: The offset of each boot that is known.
    /// - Returns: how many events were changed.
    func run(_ truths: [(bootID: String, truth: Int64)], _ clock: inout ClockStateMachine) throws -> Int {
        var shifts: [Int64: Int64] = [:]
        for (bootID, truth) in truths {
            shifts.merge(clock.confirm(truth, of: bootID)) { _, new in new }
            try store.clocks.setTruth(truth, of: bootID)
        }
        guard !shifts.isEmpty else { return 0 }
        try store.counters.add(1, to: CounterTable.clockCorrections)
        var correction = ClockCorrection(clock)
        if plugin != nil { try moveSessions(shifts, &correction) }
        let changed = try moveEvents(shifts, correction.sessionIds)
        if let plugin {
            let state = TransactionState(store, clock: clock)
            try plugin.correct(correction, state)
        }
        try forgetMoved(truths, &clock)
        return changed
    }

    /// Moves the sessions whose first event was not tried at any destination. Servers know the
    /// others, and no new id may lie below those.
    private func moveSessions(_ shifts: [Int64: Int64], _ correction: inout ClockCorrection) throws(StoreError) {
        let tried = try store.destinations.all().map(\.attempted).max() ?? 0
        var moved: [(row: SessionTable.Row, shift: Int64)] = []
        for (clock, shift) in shifts {
            for row in try store.sessions.all(by: clock) where row.event > tried { moved.append((row, shift)) }
        }
        moved.sort { $0.row.id < $1.row.id }
        let staying = try store.sessions.ids().filter { id in !moved.contains { $0.row.id == id } }
        var floor: Int64 = 0
        for (row, shift) in moved {
            let (start, overflow) = row.start.addingReportingOverflow(shift)
            guard !overflow, (0...Timestamp.latest).contains(start) else { continue }
            let below = staying.filter { $0 &- start <= SessionTable.longestLead }.max() ?? 0
            floor = max(floor, below)
            var new = row
            new.start = start
            new.id = max(start, floor &+ 1)
            // The session may have gone on after the clock was set.
            new.last = max(shift > 0 && row.last >= start ? row.last : row.last &+ shift, start)
            new.clock = 0
            try store.sessions.replace(row.id, by: new)
            correction.sessionIds[row.id] = new.id
            floor = new.id
        }
        correction.lastSessionId = max(floor, staying.max() ?? 0)
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
                // Most rows of other clocks do not change.
                guard row.body.withUnsafeBufferPointer({ move($0, shift, ids) }) != nil else { continue }
                try store.bodies.replace(row, clock: shift == nil ? row.clock : 0) { move($0, shift, ids) }
                changed += 1
            }
        }
    }

    /// The body of an event at its right time; `nil` when nothing of it changes.
    private func move(_ body: UnsafeBufferPointer<UInt8>, _ shift: Int64?, _ ids: [Int64: Int64]) -> [UInt8]? {
        // This library wrote the body. A damaged one is left to the destination.
        guard var event = (try? JSONParser.parse(body))?.objectValue else { return nil }
        var isChanged = false
        if let shift, let time = event["timestamp"]?.stringValue.flatMap({ Timestamp($0) }) {
            event["timestamp"] = .string(time.moved(by: shift).description)
            isChanged = true
        }
        if plugin?.correct(&event, by: shift ?? 0, sessionIds: ids) == true { isChanged = true }
        guard isChanged else { return nil }
        var buffer = ByteBuffer(capacity: body.count + 16)
        buffer.append(json: event)
        return buffer.array()
    }

    /// Removes the spans that were wrong and stamp no event any more. The right ones stay.
    private func forgetMoved(
        _ truths: [(bootID: String, truth: Int64)], _ clock: inout ClockStateMachine
    ) throws(StoreError) {
        for (bootID, truth) in truths {
            try store.clocks.removeMoved(bootID, truth: truth, tolerance: ClockStateMachine.tolerance)
        }
        clock = ClockStateMachine(notBefore: clock.notBefore, rows: try store.clocks.all())
        for (bootID, truth) in truths where clock.truth(of: bootID) == nil {
            let row = clock.add(bootID: bootID, truth: truth)
            try store.clocks.add(row)
        }
    }
}

extension Timestamp {
    /// A time that is so much later, inside the years 1970 to 9999.
    func moved(by milliseconds: Int64) -> Timestamp {
        let (sum, overflow) = self.milliseconds.addingReportingOverflow(milliseconds)
        return overflow ? self : Timestamp(milliseconds: min(max(sum, 0), Self.latest))
    }
}
