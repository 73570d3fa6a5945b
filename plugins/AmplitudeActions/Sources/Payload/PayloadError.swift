// SPDX-License-Identifier: MIT

/// Why what a mapping gave cannot be sent: every field that is wrong.
package struct PayloadError: Error, Sendable, Equatable, CustomStringConvertible {
    package struct Fault: Sendable, Equatable {
        /// The way to the value: `/products/0/price`; empty for what is missing.
        package var pointer: String
        /// `Price must be a number but it was a string.`
        package var message: String
    }

    package var faults: [Fault] = []

    /// The HTTP status that the original gives it.
    package static let status = 400

    package var description: String { faults.map(\.message).joined(separator: " ") }

    mutating func add(_ pointer: String, _ message: String) { faults.append(Fault(pointer: pointer, message: message)) }

    mutating func addMissing(_ key: String) { add("", "The root value is missing the required field '\(key)'.") }
}
