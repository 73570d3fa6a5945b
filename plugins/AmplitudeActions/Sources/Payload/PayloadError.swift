// SPDX-License-Identifier: MIT

/// Why what a mapping gave cannot be sent: every field that is wrong.
public struct PayloadError: Error, Sendable, Equatable, CustomStringConvertible {
    public struct Fault: Sendable, Equatable {
        /// The way to the value: `/products/0/price`; empty for what is missing.
        public var pointer: String
        /// `Price must be a number but it was a string.`
        public var message: String
    }

    public var faults: [Fault] = []

    /// The HTTP status that the original gives it.
    public static let status = 400

    public var description: String { faults.map(\.message).joined(separator: " ") }

    mutating func add(_ pointer: String, _ message: String) { faults.append(Fault(pointer: pointer, message: message)) }

    mutating func addMissing(_ key: String) { add("", "The root value is missing the required field '\(key)'.") }
}
