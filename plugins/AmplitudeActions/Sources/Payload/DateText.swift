// SPDX-License-Identifier: MIT
import FootfallJSON
import FootfallMapping

/// Dates as the original reads them (dayjs, in UTC), in milliseconds since 1970.
///
/// A date, perhaps with a time, is in UTC if it does not end in Z; `-`, `/`, `T` and `:` may be
/// missing. Parts outside of their range roll over. Digits after the seconds are
/// milliseconds, so `.4` is 4 ms. Everything else is ISO 8601 with a zone.
enum DateText {
    /// The greatest distance from 1970 of a date in JavaScript, in milliseconds.
    static let bound = 8.64e15

    /// The milliseconds of a text; `nil` when it is no date.
    static func milliseconds(_ text: String) -> Int64? {
        // Nearly all texts are in Footfall's own form. (JavaScript has no leap second.)
        if text.utf8.last == UInt8(ascii: "Z"), let moment = Timestamp(text), !hasLeapSecond(text) {
            return moment.milliseconds
        }
        let scalars = Array(text.unicodeScalars)
        if scalars.last != "Z", scalars.last != "z" {
            var reader = Reader(scalars)
            if let moment = reader.loose() { return moment }
        }
        var reader = Reader(scalars)
        return reader.strict()
    }

    private static func hasLeapSecond(_ text: String) -> Bool { text.utf8.dropFirst(17).first == UInt8(ascii: "6") }

    /// The milliseconds of a number, without its fraction.
    static func milliseconds(_ number: Double) -> Int64? {
        guard number.magnitude <= bound else { return nil }
        return Int64(number)
    }

    /// Whether a text can be a date: a number of seconds in JavaScript's range, or a date.
    static func isDateLike(_ text: String) -> Bool {
        let isNoNumber = text.utf8.contains(UInt8(ascii: ":"))
        if !isNoNumber, let number = JavaScriptNumber.number(text), JavaScriptNumber.text(number) == text {
            return (number * 1000).magnitude <= bound
        }
        return milliseconds(text) != nil
    }

    /// The milliseconds of an epoch time: 13 digits are milliseconds since 1970, 10 digits
    /// beginning with 1 are seconds (2001 to 2033). The original reads such digits as a date
    /// of about 1629.
    static func epoch(_ text: String) -> Int64? {
        let digits = text.utf8
        guard digits.allSatisfy({ $0 &- UInt8(ascii: "0") < 10 }), let number = Int64(text) else { return nil }
        switch digits.count {
        case 13: return number
        case 10 where digits.first == UInt8(ascii: "1"): return number * 1000
        default: return nil
        }
    }
}

/// The parts of a date and time, as they were written.
private struct Parts {
    var year = 0
    var month = 1
    var day = 1
    var hour = 0
    var minute = 0
    var second = 0
    var millisecond = 0

    /// The milliseconds since 1970. Parts outside of their range roll over: 31 February is 2 or
    /// 3 March.
    var milliseconds: Int64 {
        var year = year
        let months = month - 1
        year += months >= 0 ? months / 12 : (months - 11) / 12
        let days = Self.dayNumber(year, (months % 12 + 12) % 12 + 1) + day - 1
        return Int64(((days * 24 + hour) * 60 + minute) * 60 + second) * 1000 + Int64(millisecond)
    }

    /// The days from 1970 to the first of a month. The year begins in March here, so that the
    /// leap day is its last day.
    private static func dayNumber(_ year: Int, _ month: Int) -> Int {
        let year = month <= 2 ? year - 1 : year
        let era = (year >= 0 ? year : year - 399) / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}

private struct Reader {
    private let text: [Unicode.Scalar]
    private var index = 0

    init(_ text: [Unicode.Scalar]) { self.text = text }

    private var isAtEnd: Bool { index >= text.count }

    private func digit(at place: Int) -> Int? {
        guard place < text.count, ("0"..."9").contains(text[place]) else { return nil }
        return Int(text[place].value) - 48
    }

    /// Reads at least `least` and at most `most` digits.
    private mutating func number(_ least: Int, _ most: Int) -> Int? {
        var value = 0
        var count = 0
        while count < most, let digit = digit(at: index + count) {
            value = value * 10 + digit
            count += 1
        }
        guard count >= least, count > 0 else { return nil }
        index += count
        return value
    }

    @discardableResult
    private mutating func skip(_ characters: Unicode.Scalar...) -> Bool {
        guard !isAtEnd, characters.contains(text[index]) else { return false }
        index += 1
        return true
    }

    /// Reads the first three digits as a whole number, and skips the others.
    private mutating func milliseconds(isFraction: Bool) -> Int? {
        let begin = index
        guard let value = number(1, 3) else { return nil }
        let scale = isFraction ? [100, 10, 1][min(index - begin, 3) - 1] : 1
        while digit(at: index) != nil { index += 1 }
        return value * scale
    }

    mutating func loose() -> Int64? {
        var parts = Parts()
        guard let year = number(4, 4) else { return nil }
        parts.year = year < 100 ? year + 1900 : year
        skip("-", "/")
        parts.month = number(1, 2) ?? 1
        skip("-", "/")
        parts.day = number(1, 2) ?? 1
        while !isAtEnd, text[index] == "T" || text[index] == "t" || text[index].isJavaScriptSpace { index += 1 }
        parts.hour = number(1, 2) ?? 0
        skip(":")
        parts.minute = number(1, 2) ?? 0
        skip(":")
        parts.second = number(1, 2) ?? 0
        skip(".", ":")
        parts.millisecond = milliseconds(isFraction: false) ?? 0
        return isAtEnd ? parts.milliseconds : nil
    }

    mutating func strict() -> Int64? {
        var parts = Parts()
        guard let year = number(4, 4) else { return nil }
        parts.year = year
        if skip("-") {
            guard let month = number(2, 2), (1...12).contains(month) else { return nil }
            parts.month = month
            if skip("-") {
                guard let day = number(2, 2), (1...31).contains(day) else { return nil }
                parts.day = day
            }
        }
        if skip("T", "t", " ") {
            guard let hour = number(2, 2), skip(":"), let minute = number(2, 2), minute < 60 else { return nil }
            (parts.hour, parts.minute) = (hour, minute)
            if skip(":") {
                guard let second = number(2, 2), second < 60 else { return nil }
                parts.second = second
                if skip(".", ",") {
                    guard let millisecond = milliseconds(isFraction: true) else { return nil }
                    parts.millisecond = millisecond
                }
            }
            guard hour < 24 || hour == 24 && parts.minute + parts.second + parts.millisecond == 0 else { return nil }
        }
        guard let offset = zone(), isAtEnd else { return nil }
        return parts.milliseconds - Int64(offset) * 60_000
    }

    /// Reads a zone, as minutes east of Greenwich.
    private mutating func zone() -> Int? {
        if skip("Z", "z") { return 0 }
        let isWest = !isAtEnd && text[index] == "-"
        guard skip("+", "-"), let hours = number(2, 2), hours < 24 else { return nil }
        skip(":")
        let minutes = number(2, 2) ?? 0
        guard minutes < 60 else { return nil }
        return (hours * 60 + minutes) * (isWest ? -1 : 1)
    }
}
