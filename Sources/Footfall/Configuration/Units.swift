// SPDX-License-Identifier: MIT

extension Duration {
    /// Reads `30m`, `1.5s`, `250ms`, `12h`, `90d`, and a plain number as seconds; `nil` for anything else.
    package init?(configured text: String) {
        let units: [(String, Double)] = [
            ("ms", 0.001), ("s", 1), ("m", 60), ("h", 3_600), ("d", 86_400), ("", 1),
        ]
        guard let (unit, factor) = units.first(where: { text.hasSuffix($0.0) }),
            let number = plainNumber(text.dropLast(unit.utf8.count)), number * factor <= 8e9
        else { return nil }
        self = .milliseconds(Int64(number * factor * 1000))
    }
}

/// A number of bytes, as configurations write it.
package struct ByteSize: Sendable, Hashable {
    /// The number of bytes, at least 1.
    package var bytes: Int

    /// Reads `1024`, `64MiB`, `500kB`; `nil` for anything else and for less than 1 byte.
    package init?(_ text: String) {
        let units: [(String, Double)] = [
            ("KiB", 1_024), ("MiB", 1_048_576), ("GiB", 1_073_741_824), ("kB", 1e3), ("MB", 1e6), ("GB", 1e9), ("B", 1),
            ("", 1),
        ]
        guard let (unit, factor) = units.first(where: { text.hasSuffix($0.0) }),
            let number = plainNumber(text.dropLast(unit.utf8.count)), number * factor >= 1, number * factor <= 1e15
        else { return nil }
        bytes = Int(number * factor)
    }
}

/// Digits with at most one point; no sign, no exponent, no `nan`.
private func plainNumber(_ text: Substring) -> Double? {
    guard !text.isEmpty, text.utf8.allSatisfy({ $0 &- 48 < 10 || $0 == 46 }) else { return nil }
    return Double(text)
}
