// SPDX-License-Identifier: MIT

/// A number with its noun: `0 events`, `1 event`, `2 batches`.
///
/// - Parameter plural: Needed only where it is not `singular` with an `s`.
package func counted(_ count: some BinaryInteger, _ singular: String, plural: String? = nil) -> String {
    "\(count) \(count == 1 ? singular : plural ?? singular + "s")"
}

/// A number of bytes in the largest of B, KiB, MiB and GiB that leaves at least two digits.
/// Every size that a person reads has these units, so that sizes and limits can be compared.
package func readable(bytes: some BinaryInteger) -> String {
    var (number, units) = (Int64(clamping: bytes), ["B", "KiB", "MiB", "GiB"][...])
    while number >= 10 << 10, units.count > 1 {
        number >>= 10
        units.removeFirst()
    }
    return "\(number) \(units.first ?? "")"
}

/// How long something lasts, in the largest of s, min, h and d that leaves at least two: `61 s`, `2 h`, `3 d`.
package func readable(seconds: some BinaryInteger) -> String {
    let seconds = max(Int64(clamping: seconds), 0)
    let units: [(size: Int64, name: String)] = [(86_400, "d"), (3_600, "h"), (60, "min")]
    guard let unit = units.first(where: { seconds >= 2 * $0.size }) else { return "\(seconds) s" }
    return "\(seconds / unit.size) \(unit.name)"
}
