// SPDX-License-Identifier: MIT
import FootfallStore

/// Decides whether the wall clock can be believed, and what it should have shown. Pure.
///
/// The wall clock of a boot runs in spans without a step; each span has an offset to the time
/// since boot. The clock is believed while it is not before the library's release date and
/// no step of more than five minutes was seen in the boot, or when the kernel's time service
/// or enough servers (``TimeWitnesses``) confirm it. Once the right offset is known, every
/// time of the boot can be corrected, because the time since boot never steps.
struct ClockStateMachine: Sendable, Equatable {
    /// How wrong a wall clock may be and still be believed; milliseconds.
    static let tolerance: Int64 = 300_000

    /// A wall time before this is wrong.
    let notBefore: Timestamp
    /// The spans, as the store has them.
    private(set) var rows: [ClockRow]

    init(notBefore: Timestamp, rows: [ClockRow] = []) {
        self.notBefore = notBefore
        self.rows = rows
    }

    private static func isNear(_ left: Int64, _ right: Int64) -> Bool {
        let (difference, overflow) = left.subtractingReportingOverflow(right)
        return !overflow && difference.magnitude <= UInt64(tolerance)
    }

    /// The span that a moment belongs to; `nil` when it begins a new one.
    func row(of moment: Moment) -> ClockRow? {
        rows.last { $0.bootID == moment.bootID && Self.isNear($0.offset, moment.offset) }
    }

    /// Adds the span that a moment begins.
    mutating func add(_ moment: Moment) -> ClockRow {
        let row = ClockRow(
            id: max((rows.last?.id ?? 0) &+ 1, 1), bootID: moment.bootID, offset: moment.offset,
            isPlausible: moment.wall >= notBefore, truth: truth(of: moment.bootID))
        rows.append(row)
        return row
    }

    /// Adds the right span of a boot.
    mutating func add(bootID: String, truth: Int64) -> ClockRow {
        let row = ClockRow(
            id: max((rows.last?.id ?? 0) &+ 1, 1), bootID: bootID, offset: truth, isPlausible: true, truth: truth)
        rows.append(row)
        return row
    }

    /// The boots that have wrong spans and whose right offset is known.
    var correctable: [(bootID: String, truth: Int64)] {
        var found: [String: Int64] = [:]
        for row in rows where !isTrusted(row) { if let truth = row.truth { found[row.bootID] = truth } }
        return found.map { ($0.key, $0.value) }
    }

    /// The right offset of a boot; `nil` when it is not known.
    func truth(of bootID: String) -> Int64? { rows.first { $0.bootID == bootID }?.truth }

    /// Whether the times of a span are believed; 0 is the id for events without a clock.
    func isTrusted(_ id: Int64) -> Bool {
        guard id != 0 else { return true }
        return rows.first { $0.id == id }.map(isTrusted) ?? false
    }

    func isTrusted(_ row: ClockRow) -> Bool {
        if let truth = row.truth { return Self.isNear(truth, row.offset) }
        return row.isPlausible && rows.count { $0.bootID == row.bootID } == 1
    }

    /// Whether the times of all spans are believed.
    var trustsAll: Bool { rows.allSatisfy(isTrusted) }

    /// Whether the right offset of a boot is known, or its clock is believed.
    func isBelieved(_ bootID: String) -> Bool {
        truth(of: bootID) != nil || rows.allSatisfy { $0.bootID != bootID || isTrusted($0) }
    }

    /// Whether the wall time of a moment is believed.
    func isTrusted(_ moment: Moment) -> Bool {
        if let row = row(of: moment) { return isTrusted(row) }
        return moment.wall >= notBefore && !rows.contains { $0.bootID == moment.bootID }
    }

    /// The right wall time of a moment; `nil` when it is right, or not known.
    func corrected(_ moment: Moment) -> Timestamp? {
        guard let truth = truth(of: moment.bootID), !Self.isNear(truth, moment.offset) else { return nil }
        return Timestamp(milliseconds: truth &+ moment.bootNanoseconds / 1_000_000)
    }

    /// The offset of a clock that is right; `nil` unless it is news: the boot was not
    /// believed, or was believed with another offset.
    func news(of clock: SystemClock) -> Int64? {
        let now = clock.moment
        guard now.wall >= notBefore else { return nil }
        let offset = now.offset
        if let known = truth(of: clock.bootID) { return Self.isNear(known, offset) ? nil : offset }
        return isBelieved(clock.bootID) ? nil : offset
    }

    /// Notes the right offset of a boot.
    ///
    /// - Returns: how far the times of each wrong span move, in milliseconds, by its id.
    mutating func confirm(_ truth: Int64, of bootID: String) -> [Int64: Int64] {
        var shifts: [Int64: Int64] = [:]
        for index in rows.indices where rows[index].bootID == bootID {
            rows[index].truth = truth
            if !isTrusted(rows[index]) { shifts[rows[index].id] = truth &- rows[index].offset }
        }
        return shifts
    }
}
