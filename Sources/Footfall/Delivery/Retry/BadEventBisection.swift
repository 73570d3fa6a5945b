// SPDX-License-Identifier: MIT

/// Finds the bad events in batches that a server refuses as a whole: says how many events
/// the next batch may have, and which events are suspects. Pure.
///
/// A refused batch is halved until one event is left; that takes log2(events) requests.
/// Mostly this event is the only bad one, so the rest is tried as a whole. After a second
/// bad event the batches grow again from 1, doubling each time. If all parts of a refused
/// batch are accepted, the batch was too large: later batches are as small as those parts,
/// and from time to time one of twice the size is tried.
struct BadEventBisection: Sendable, Equatable {
    /// What the refusal of a batch shows.
    enum Finding: Sendable, Equatable {
        /// Nothing yet: a part of the batch is tried next.
        case refusedTogether
        /// The single event is bad: the server accepted others.
        case isBad
        /// The single event may be good: the server accepted nothing since the last bad
        /// event, so it may refuse everything. With `isLast` no event that was refused
        /// together with others lies behind it.
        case isSuspect(isLast: Bool)
    }

    /// How many events the next batch may have; `nil` for the destination's own limit.
    private(set) var batchLimit: Int?
    /// Single events that were refused, with no event accepted behind them.
    private(set) var suspects: [Int64] = []
    /// The last event of the batches that were refused; `nil` while no bad event is looked for.
    private var end: Int64?
    /// At least one of the next so many events is bad: they were refused together.
    private var refusedTogether = 0
    /// The size of the batch that is halved.
    private var halvedFrom = 0
    /// Bad events that were found in this search.
    private var found = 0
    /// Whether an event was accepted since the search began and since the last bad event.
    private var hasAccepted = false

    /// The batch size that the server accepts, after it refused a larger one for its size.
    private var largest: Int?
    /// How many batches of that size were accepted in a row.
    private var takenAtLargest = 0
    /// After so many accepted batches in a row, one of twice the size is tried. After twice
    /// as many without a larger batch, the size is no longer limited.
    static let provenAfter = 8

    /// Whether a bad event is looked for.
    var isOn: Bool { end != nil }

    /// A batch was accepted.
    ///
    /// - Returns: the suspects, which are bad: the server accepts other events.
    mutating func accepted(_ ids: [Int64]) -> [Int64] {
        let bad = suspects
        suspects = []
        found += bad.count
        if refusedTogether > 0, refusedTogether <= ids.count {
            // Each part was accepted.
            largest = max(halvedFrom / 2, 1)
            takenAtLargest = 0
        }
        refusedTogether = max(refusedTogether - ids.count, 0)
        guard let end, let last = ids.last, last < end else {
            grow(ids.count)
            stop()
            return bad
        }
        hasAccepted = true
        if refusedTogether > 0 {
            batchLimit = max(refusedTogether / 2, 1)
        } else {
            batchLimit = found == 1 ? largest : min(ids.count * 2, largest ?? .max)
        }
        return bad
    }

    /// Some events of a batch were accepted.
    ///
    /// - Returns: the suspects, which are bad: the server accepts other events.
    mutating func acceptedSome() -> [Int64] {
        defer { suspects = [] }
        hasAccepted = end != nil
        return suspects
    }

    /// A batch of at least one event was refused.
    mutating func refused(_ ids: [Int64]) -> Finding {
        guard let last = ids.last else { return .refusedTogether }
        if end == nil {
            hasAccepted = false
            if let largest, ids.count > largest {
                takenAtLargest = 0
                batchLimit = largest
                return .refusedTogether
            }
        }
        end = max(end ?? last, last)
        guard ids.count == 1 else {
            refusedTogether = ids.count
            halvedFrom = ids.count
            batchLimit = ids.count / 2
            return .refusedTogether
        }
        refusedTogether = 0
        batchLimit = 1
        let isLast = last == end
        if hasAccepted {
            // The next bad event needs another acceptance: the server may begin to refuse everything.
            hasAccepted = false
            found += 1
            if found == 1 { batchLimit = largest }
            if isLast { stop() }
            return .isBad
        }
        suspects.append(last)
        return .isSuspect(isLast: isLast)
    }

    /// The events behind the suspects are no part of the search.
    mutating func passSuspects() { batchLimit = largest }

    /// Ends the search.
    mutating func stop() {
        suspects = []
        end = nil
        (refusedTogether, halvedFrom, found) = (0, 0, 0)
        hasAccepted = false
        batchLimit = largest.map { takenAtLargest < Self.provenAfter ? $0 : $0 * 2 }
    }

    private mutating func grow(_ count: Int) {
        guard let known = largest, count >= known else { return }
        takenAtLargest += 1
        if count > known { (largest, takenAtLargest) = (count, 0) }
        if takenAtLargest == 2 * Self.provenAfter { largest = nil }
    }
}
