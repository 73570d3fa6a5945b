// SPDX-License-Identifier: MIT

/// A moment in wall-clock time, to the millisecond.
///
/// On the wire it is ISO 8601 in UTC with three decimals, as Segment asks:
/// `2026-11-23T17:06:07.065Z`.
public struct Timestamp: Sendable, Hashable, Comparable {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    public var milliseconds: Int64

    /// - Parameter milliseconds: Milliseconds since 1970-01-01T00:00:00Z.
    public init(milliseconds: Int64) { self.milliseconds = milliseconds }

    /// Whether one moment is before another.
    public static func < (left: Timestamp, right: Timestamp) -> Bool { left.milliseconds < right.milliseconds }
}

// All in milliseconds.
extension Timestamp {
    /// The beginning of the year 0 and the end of the year 9999: ISO 8601 has no text
    /// for other years.
    package static let earliest: Int64 = -62_167_219_200_000
    package static let latest: Int64 = 253_402_300_799_999
    /// What a stored time may be.
    package static let since1970: ClosedRange<Int64> = 0...latest
    /// A day without a leap second.
    package static let day: Int64 = 86_400_000
}

extension Timestamp {
    /// Reads an RFC 3339 date and time: `T`, `t` or a space between them, any
    /// number of decimals (those after the third are cut off), `Z` or an offset.
    ///
    /// `nil` for any other text, and for a date that does not exist, such as a month 13
    /// or a 30 February. A leap second counts as the second after it.
    public init?(_ text: String) {
        var text = text
        guard let value = text.withUTF8({ Self.parse($0) }) else { return nil }
        milliseconds = value
    }

    private static func parse(_ bytes: UnsafeBufferPointer<UInt8>) -> Int64? {
        func number(_ begin: Int, _ count: Int) -> Int? {
            var value = 0
            for index in begin..<begin + count {
                let digit = bytes[index] &- UInt8(ascii: "0")
                guard digit < 10 else { return nil }
                value = value * 10 + Int(digit)
            }
            return value
        }
        func isAt(_ index: Int, _ characters: UInt8...) -> Bool { characters.contains(bytes[index]) }

        guard bytes.count >= 20, bytes.count <= 64, let year = number(0, 4), isAt(4, UInt8(ascii: "-")),
            let month = number(5, 2), (1...12).contains(month), isAt(7, UInt8(ascii: "-")),
            let day = number(8, 2), day >= 1, day <= days(in: month, of: year),
            isAt(10, UInt8(ascii: "T"), UInt8(ascii: "t"), UInt8(ascii: " ")),
            let hour = number(11, 2), hour < 24, isAt(13, UInt8(ascii: ":")),
            let minute = number(14, 2), minute < 60, isAt(16, UInt8(ascii: ":")),
            let second = number(17, 2), second <= 60
        else { return nil }

        var index = 19
        var fraction = 0
        if bytes[index] == UInt8(ascii: ".") {
            index += 1
            let begin = index
            while index < bytes.count, bytes[index] &- UInt8(ascii: "0") < 10 {
                let place = index - begin
                if place < 3 { fraction += Int(bytes[index] - UInt8(ascii: "0")) * [100, 10, 1][place] }
                index += 1
            }
            guard index > begin, index < bytes.count else { return nil }
        }

        var offset = 0
        switch bytes[index] {
        case UInt8(ascii: "Z"), UInt8(ascii: "z"):
            guard index + 1 == bytes.count else { return nil }
        case UInt8(ascii: "+"), UInt8(ascii: "-"):
            guard index + 6 == bytes.count, isAt(index + 3, UInt8(ascii: ":")),
                let hours = number(index + 1, 2), hours < 24, let minutes = number(index + 4, 2), minutes < 60
            else { return nil }
            offset = (hours * 60 + minutes) * (bytes[index] == UInt8(ascii: "-") ? -60 : 60)
        default: return nil
        }

        let seconds = ((dayNumber(year, month, day) * 24 + hour) * 60 + minute) * 60 + second - offset
        return Int64(seconds) * 1000 + Int64(fraction)
    }

    private static func days(in month: Int, of year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days since 1970-01-01. The year begins in March here, so that the leap day is its
    /// last day (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").
    private static func dayNumber(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let year = month <= 2 ? year - 1 : year
        let era = (year >= 0 ? year : year - 399) / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// The date of a day number: the reverse of ``dayNumber(_:_:_:)``.
    private static func date(_ dayNumber: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = dayNumber + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    fileprivate func write(to buffer: inout ByteBuffer) {
        let bounded = min(max(milliseconds, Self.earliest), Self.latest)
        var days = Int(bounded / Self.day)
        var rest = Int(bounded % Self.day)
        if rest < 0 {
            rest += Int(Self.day)
            days -= 1
        }
        let date = Self.date(days)
        func digits(_ value: Int, _ count: Int) {
            var divisor = count == 4 ? 1000 : count == 3 ? 100 : 10
            while divisor > 0 {
                buffer.append(UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: value / divisor % 10))
                divisor /= 10
            }
        }
        digits(date.year, 4)
        buffer.append(UInt8(ascii: "-"))
        digits(date.month, 2)
        buffer.append(UInt8(ascii: "-"))
        digits(date.day, 2)
        buffer.append(UInt8(ascii: "T"))
        digits(rest / 3_600_000, 2)
        buffer.append(UInt8(ascii: ":"))
        digits(rest / 60_000 % 60, 2)
        buffer.append(UInt8(ascii: ":"))
        digits(rest / 1000 % 60, 2)
        buffer.append(UInt8(ascii: "."))
        digits(rest % 1000, 3)
        buffer.append(UInt8(ascii: "Z"))
    }
}

extension Timestamp: CustomStringConvertible {
    /// The ISO 8601 text in UTC, as `2026-11-23T17:06:07.065Z`.
    public var description: String {
        var buffer = ByteBuffer(capacity: 24)
        write(to: &buffer)
        return buffer.text()
    }
}

extension ByteBuffer {
    /// The ISO 8601 text of a moment, without quotes.
    package mutating func append(_ timestamp: Timestamp) { timestamp.write(to: &self) }
}
