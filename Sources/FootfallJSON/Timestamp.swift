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
    /// What a given time may be.
    package static let allowed: ClosedRange<Int64> = earliest...latest
    /// What a stored time may be.
    package static let since1970: ClosedRange<Int64> = 0...latest
    /// A day without a leap second.
    package static let day: Int64 = 86_400_000
}

extension Timestamp {
    /// Why a text is no moment.
    package enum Problem: Error, Sendable {
        /// It is not written as a time.
        case noTime
        /// It is a date without a time of day.
        case noTimeOfDay
        /// The zone is missing. It is not guessed: the reader's may be another than the writer's.
        case noZone
        /// It is outside of the years 0 to 9999.
        case outOfRange

        /// What is wrong with a text and how to write it, for a message.
        package func text(of given: String) -> String {
            // A foreign text may be long.
            let isLong = given.utf8.count > 64
            let shown = isLong ? given.unicodeScalars.prefix(64).map(String.init).joined() + "…" : given
            let reason =
                switch self {
                case .noTime:
                    "it is not an ISO 8601 time; write it as 2026-11-23T17:06:07.065Z, or as @ and the seconds since 1970"
                case .noTimeOfDay: "the time of day is missing; write it as 2026-11-23T17:06:07Z"
                case .noZone: "the zone is missing; write Z for UTC or an offset such as +02:00 at the end"
                case .outOfRange: "it is outside of the years 0000 to 9999; seconds since 1970 are written after @"
                }
            return "\(ShownText.value(shown)): \(reason)"
        }
    }

    /// Reads a moment: ISO 8601 with a zone, or `@` and the seconds since 1970.
    ///
    /// These forms are taken: `T`, `t` or a space between date and time; seconds, or none; a
    /// point or a comma and any number of decimals (those after the third are cut off); `Z`,
    /// `z`, `+02:00`, `+0200` or `+02`. A leap second counts as the second after it.
    ///
    /// `nil` for any other text, for a date that does not exist, such as a 30 February, and
    /// for a time without a zone.
    public init?(_ text: String) {
        // Whether the text is a time is all that is asked here.
        guard let value = try? Timestamp(reading: text) else { return nil }
        self = value
    }

    /// Reads a moment, as ``init(_:)`` does, and throws why a text is none.
    package init(reading text: String) throws(Problem) {
        var text = text
        let result = text.withUTF8 { bytes in
            Result { () throws(Problem) in
                var reader = TimestampReader(bytes)
                return try reader.milliseconds()
            }
        }
        milliseconds = try result.get()
    }

    /// The moment, moved into the years that a text can name.
    package var bounded: Timestamp {
        Timestamp(milliseconds: min(max(milliseconds, Self.earliest), Self.latest))
    }

    static func days(in month: Int, of year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days since 1970-01-01. The year begins in March here, so that the leap day is its
    /// last day (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").
    static func dayNumber(_ year: Int, _ month: Int, _ day: Int) -> Int {
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
        let bounded = bounded.milliseconds
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
