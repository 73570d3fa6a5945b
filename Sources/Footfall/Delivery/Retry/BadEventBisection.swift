// SPDX-License-Identifier: MIT

/// Looks for the bad events in batches that a server refuses as a whole: how many
/// events the next batch may have, and which are suspects. Pure.
///
/// A batch that was refused is halved until one event is left, log2 of it in
/// requests. Mostly that is the only bad one, so that the rest is tried whole;
/// after another one the sizes are doubled from 1. A batch whose parts are all
/// taken was not bad but too large at once: from then on they are as small as
/// those parts, and now and then one of twice the size is tried.
struct BadEventBisection: Sendable, Equatable {
    /// What a refusal of a batch shows.
    enum Finding: Sendable, Equatable {
        /// Nothing yet: a part of it is next.
        case refusedTogether
        /// The single event is bad: the server took others.
        case isBad
        /// Nothing was taken since the last one that is bad: it may be the server.
        /// With `isLast` nothing that was refused before lies behind it.
        case isSuspect(isLast: Bool)
    }

    /// How many events the next batch may have; `nil` for as many as others.
    private(set) var batchLimit: Int?
    /// Single events that were refused, with nothing taken behind them.
    private(set) var suspects: [Int64] = []
    /// Up to here it goes.
    private var end: Int64?
    /// Of the next so many events one at least is bad: they were refused together.
    private var refusedTogether = 0
    /// The size of the batch that is halved.
    private var halvedFrom = 0
    /// Bad events found.
    private var found = 0
    /// Whether something was taken since it began and since the last bad event.
    private var hasAccepted = false

    /// The size that is taken where a larger batch was too large.
    private var largest: Int?
    /// Batches of it that were taken in turn.
    private var takenAtLargest = 0
    /// After so many twice the size is tried; after twice as many with none that
    /// is larger, any size again.
    static let provenAfter = 8

    /// Whether something that was refused is not found yet.
    var isOn: Bool { end != nil }

    /// A batch was taken: what was suspected is bad.
    mutating func accepted(_ ids: [Int64]) -> [Int64] {
        let bad = suspects
        suspects = []
        found += bad.count
        if refusedTogether > 0, refusedTogether <= ids.count {
            // Each part is taken.
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

    /// Some of a batch were taken: what was suspected is bad.
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
            // The next needs an acceptance of its own: a server may turn bad in between.
            hasAccepted = false
            found += 1
            if found == 1 { batchLimit = largest }
            if isLast { stop() }
            return .isBad
        }
        suspects.append(last)
        return .isSuspect(isLast: isLast)
    }

    /// What comes behind the suspects is no part of it.
    mutating func passSuspects() { batchLimit = largest }

    /// It is over, whatever it found.
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
