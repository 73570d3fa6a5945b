// SPDX-License-Identifier: MIT

/// A number with its noun: `0 events`, `1 event`, `2 batches`.
///
/// - Parameter plural: Needed only where it is not `singular` with an `s`.
package func counted(_ count: some BinaryInteger, _ singular: String, plural: String? = nil) -> String {
    "\(count) \(count == 1 ? singular : plural ?? singular + "s")"
}
