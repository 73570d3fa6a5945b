// SPDX-License-Identifier: MIT

/// Reads the text of a moment: ISO 8601 with a zone, or `@` and the seconds since 1970.
struct TimestampReader {
    private let bytes: UnsafeBufferPointer<UInt8>
    private var index = 0

    init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    /// Reads the whole text, as milliseconds since 1970.
    mutating func milliseconds() throws(Timestamp.Problem) -> Int64 {
        let value = try skip("@") ? sinceEpoch() : calendarTime()
        guard Timestamp.allowed.contains(value) else { throw .outOfRange }
        return value
    }

    private mutating func calendarTime() throws(Timestamp.Problem) -> Int64 {
        guard let year = number(4), skip("-"), let month = number(2), (1...12).contains(month), skip("-"),
            let day = number(2), day >= 1, day <= Timestamp.days(in: month, of: year)
        else { throw .noTime }
        guard !isAtEnd else { throw .noTimeOfDay }
        guard skip("T", "t", " "), let hour = number(2), hour < 24, skip(":"), let minute = number(2), minute < 60
        else { throw .noTime }
        var second = 0
        var fraction = 0
        if skip(":") {
            guard let value = number(2), value <= 60, let decimals = fractionOfSecond() else { throw .noTime }
            second = value
            fraction = decimals
        }
        let offset = try zone()
        let minutes = (Timestamp.dayNumber(year, month, day) * 24 + hour) * 60 + minute - offset
        return Int64(minutes * 60 + second) * 1000 + Int64(fraction)
    }

    /// Reads the zone at the end of the text, as minutes east of Greenwich.
    private mutating func zone() throws(Timestamp.Problem) -> Int {
        guard !isAtEnd else { throw .noZone }
        var offset = 0
        if !skip("Z", "z") {
            let isWest = bytes[index] == UInt8(ascii: "-")
            guard skip("+", "-"), let hours = number(2), hours < 24 else { throw .noTime }
            var minutes = 0
            if !isAtEnd {
                _ = skip(":")
                guard let value = number(2), value < 60 else { throw .noTime }
                minutes = value
            }
            offset = (hours * 60 + minutes) * (isWest ? -1 : 1)
        }
        guard isAtEnd else { throw .noTime }
        return offset
    }

    private mutating func sinceEpoch() throws(Timestamp.Problem) -> Int64 {
        let isBefore = skip("-")
        let begin = index
        var seconds: Int64 = 0
        while let digit = digit() {
            // Any number of zeros may stand before; a sum above this is no year that is taken.
            guard seconds < 1 << 40 else { throw .outOfRange }
            seconds = seconds * 10 + Int64(digit)
        }
        guard index > begin, let fraction = fractionOfSecond(), isAtEnd else { throw .noTime }
        let value = seconds * 1000 + Int64(fraction)
        return isBefore ? -value : value
    }

    // MARK: - Parts

    private var isAtEnd: Bool { index >= bytes.count }

    private mutating func skip(_ characters: Unicode.Scalar...) -> Bool {
        guard !isAtEnd, characters.contains(where: { $0.value == UInt32(bytes[index]) }) else { return false }
        index += 1
        return true
    }

    private mutating func digit() -> Int? {
        guard !isAtEnd else { return nil }
        let digit = bytes[index] &- UInt8(ascii: "0")
        guard digit < 10 else { return nil }
        index += 1
        return Int(digit)
    }

    /// Reads a number of exactly so many digits.
    private mutating func number(_ count: Int) -> Int? {
        var value = 0
        for _ in 0..<count {
            guard let digit = digit() else { return nil }
            value = value * 10 + digit
        }
        return value
    }

    /// Reads a point or a comma and decimals, as milliseconds; 0 when there are none. What
    /// comes after the third decimal is cut off. `nil` for a point without decimals.
    private mutating func fractionOfSecond() -> Int? {
        guard skip(".", ",") else { return 0 }
        var value = 0
        var scale = 100
        guard var digit = digit() else { return nil }
        while true {
            value += digit * scale
            scale /= 10
            guard let next = self.digit() else { return value }
            digit = next
        }
    }
}
