// SPDX-License-Identifier: MIT

/// A value with a JSON form of its own, which ``JSON/init(encoding:)`` uses instead of `encode(to:)`.
///
/// The product `FootfallFoundation` makes `Date`, `URL`, `UUID`, `Decimal` and `Data` such values. A
/// type of your own can be one as well:
///
/// ```swift
/// struct Money: Encodable, JSONConvertible {
///     let cents: Int64
///     var json: JSON { .double(Double(cents) / 100) }
/// }
/// ```
public protocol JSONConvertible {
    /// The value as JSON.
    var json: JSON { get }
}
