// SPDX-License-Identifier: MIT

/// Why mapped values cannot be sent: all fields that are wrong.
package struct PayloadError: Error, Sendable, Equatable, CustomStringConvertible {
    package struct Fault: Sendable, Equatable {
        /// The path to the value, as `/products/0/price`; empty for a missing field.
        package var pointer: String
        /// The fault, as `Price must be a number but it was a string.`
        package var message: String
    }

    package var faults: [Fault] = []

    /// The HTTP status that the original answers with.
    package static let status = 400

    package var description: String { faults.map(\.message).joined(separator: " ") }

    mutating func add(_ pointer: String, _ message: String) { faults.append(Fault(pointer: pointer, message: message)) }

    mutating func addMissing(_ key: String) { add("", "The root value is missing the required field '\(key)'.") }
}
