// SPDX-License-Identifier: MIT
import FootfallStore

/// Decides whether events may be recorded. Pure: it sees no file and no clock.
///
/// Consent is a state of the process before it is a file. After `optOut` nothing is recorded
/// until `optIn`, whether or not the opt-out could be written. A look at the directory that
/// fails changes nothing. Each erasure has a number: by it this process learns that another
/// process opted out, even if that process opted in again meanwhile.
struct ConsentState: Sendable, Equatable {
    /// What follows from a look, or from a call.
    enum Change: Sendable, Equatable {
        case none
        /// The number is new to this process, and no event is known to come before it.
        case adopted
        /// All events so far must be removed, from memory, spool and store.
        case erase
    }

    /// Whether nothing is recorded.
    private(set) var isOptedOut: Bool
    /// Whether the directory does not have the user's opt-out yet.
    private(set) var isMarkDue = false
    /// Whether the opt-out was written by an earlier version, without a number, and is to get
    /// one.
    private(set) var isNumberOwed = false
    /// The last erasure that this process followed; 0 when it knows of none.
    private(set) var erasure: Int64
    /// Whether the directory could be read so far.
    private(set) var isKnown: Bool
    /// Whether the number of the store was compared.
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
            // A file that cannot be read is no consent.
            self.init(isOptedOut: true, erasure: identityErasure, isKnown: false)
        }
    }

    private init(isOptedOut: Bool, erasure: Int64, isKnown: Bool) {
        self.isOptedOut = isOptedOut
        self.erasure = erasure
        self.isKnown = isKnown
    }

    /// The number of a new erasure: above all that were seen, and at least the seconds since
    /// 1970, so that it grows even if the file is lost.
    private func next(_ reading: ConsentFile.Reading, at time: Timestamp) -> Int64 {
        var known = erasure
        switch reading {
        case .optedOut(let number): known = max(known, number ?? 0)
        case .recording(let number): known = max(known, number)
        case .unreadable: break
        }
        return max(min(known, .max - 1) + 1, time.milliseconds / 1_000)
    }

    /// Gives a number to the opt-out of an earlier version.
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

    /// The opt-out was written.
    mutating func markWritten() {
        isMarkDue = false
        isNumberOwed = false
    }

    /// The user opted in, and that was written.
    mutating func optIn() {
        isOptedOut = false
        isMarkDue = false
        isNumberOwed = false
        isKnown = true
    }

    /// The user is forgotten: the events so far come before the new erasure. An opt-out stays.
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
            // A directory that is gone does not undo an opt-out. An opt-in leaves its number; an
            // earlier version leaves none, and writes an opt-out without one.
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
            // The opt-in of an earlier version removed the file: the events of this process come later.
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
