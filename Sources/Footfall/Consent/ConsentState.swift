// SPDX-License-Identifier: MIT
import FootfallStore

/// Decides whether events may be recorded. Pure: it sees no file and no clock.
///
/// Consent is a state of the process before it is a file. After `optOut` nothing
/// is recorded until `optIn`, whether or not the directory could take the mark;
/// a look that fails changes nothing. The number of the last erasure tells this
/// process that another one opted out meanwhile, even if that was taken back.
struct ConsentState: Sendable, Equatable {
    /// What follows from a look, or from a call.
    enum Change: Sendable, Equatable {
        case none
        /// The number was not known here, and nothing is known to be from before it.
        case adopted
        /// Everything taken so far has to go, from memory, spool and store.
        case erase
    }

    /// Whether nothing is recorded.
    private(set) var isOptedOut: Bool
    /// Whether the directory does not have the user's opt-out yet.
    private(set) var isMarkDue = false
    /// Whether the mark, which an earlier version made, is to get a number.
    private(set) var isNumberOwed = false
    /// The last erasure that this process followed; 0 when it knows of none.
    private(set) var erasure: Int64
    /// Whether the directory has said anything so far.
    private(set) var isKnown: Bool
    /// Whether the store's own number was compared.
    private var hasSeenStore = false

    /// - Parameter identityErasure: The erasure after which the stored identity began.
    init(_ reading: ConsentFile.Reading, identityErasure: Int64, at time: Timestamp) {
        switch reading {
        case .optedOut(let number):
            self.init(isOptedOut: true, erasure: max(number ?? 0, identityErasure), isKnown: true)
            if number == nil { self.number(at: time) }
        case .recording(let number):
            self.init(isOptedOut: false, erasure: max(number, identityErasure), isKnown: true)
        case .unreadable:
            // An answer that cannot be read is no consent.
            self.init(isOptedOut: true, erasure: identityErasure, isKnown: false)
        }
    }

    private init(isOptedOut: Bool, erasure: Int64, isKnown: Bool) {
        self.isOptedOut = isOptedOut
        self.erasure = erasure
        self.isKnown = isKnown
    }

    /// The number that a new erasure gets: above all that were seen, and close to
    /// the seconds since 1970, so that it grows even if the file was lost.
    private func next(_ reading: ConsentFile.Reading, at time: Timestamp) -> Int64 {
        var known = erasure
        switch reading {
        case .optedOut(let number): known = max(known, number ?? 0)
        case .recording(let number): known = max(known, number)
        case .unreadable: break
        }
        return max(min(known, .max - 1) + 1, time.milliseconds / 1_000)
    }

    /// An earlier version made the mark: it gets a number.
    private mutating func number(at time: Timestamp) {
        erasure = next(.recording(erasure: erasure), at: time)
        isNumberOwed = true
    }

    /// The user opted out: nothing is recorded from here on.
    mutating func optOut(_ reading: ConsentFile.Reading, at time: Timestamp) {
        erasure = next(reading, at: time)
        isOptedOut = true
        isMarkDue = true
        isKnown = true
    }

    /// The directory took the mark.
    mutating func markWritten() {
        isMarkDue = false
        isNumberOwed = false
    }

    /// The user opted in, and the directory took the mark.
    mutating func optIn() {
        isOptedOut = false
        isMarkDue = false
        isNumberOwed = false
        isKnown = true
    }

    /// The user is forgotten: what was taken before belongs to an earlier erasure.
    mutating func forget(_ reading: ConsentFile.Reading, at time: Timestamp) { erasure = next(reading, at: time) }

    /// The directory was looked at.
    mutating func saw(_ reading: ConsentFile.Reading, at time: Timestamp) -> Change {
        switch reading {
        case .unreadable: return .none
        case .optedOut(let number):
            let isNews = !isOptedOut || !isKnown || (number ?? 0) > erasure
            isOptedOut = true
            isMarkDue = false
            isKnown = true
            if number != nil { isNumberOwed = false }
            erasure = max(erasure, number ?? 0)
            if isNews, number == nil { self.number(at: time) }
            return isNews ? .erase : .none
        case .recording(let number):
            // This process could not write its opt-out yet, so the directory is out of date.
            guard !isMarkDue else { return .none }
            // A directory that is gone takes no opt-out back; an opt-in leaves its number. An
            // earlier version leaves none, and makes a mark without one.
            guard !isOptedOut || !isKnown || isNumberOwed || number >= erasure else { return .none }
            isOptedOut = false
            isNumberOwed = false
            isKnown = true
            return saw(erasure: number)
        }
    }

    /// The number of the last erasure that the store was through.
    mutating func saw(store number: Int64) -> Change {
        defer { hasSeenStore = true }
        guard hasSeenStore || erasure > 0 else {
            // An earlier version's opt-in removed the file: this process's events are later.
            guard number > erasure else { return .none }
            erasure = number
            return .adopted
        }
        return saw(erasure: number)
    }

    private mutating func saw(erasure number: Int64) -> Change {
        guard number > erasure else { return .none }
        erasure = number
        return .erase
    }
}
