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
