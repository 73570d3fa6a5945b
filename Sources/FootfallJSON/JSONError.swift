// SPDX-License-Identifier: MIT

/// Why a text is not taken as JSON: what is wrong, in which field, at which byte.
public struct JSONError: Error, Sendable, Equatable {
    /// What is wrong, as a part of a sentence: `the number 1e400 is too large`.
    public var problem: String
    /// The way from the top to the field, as `properties.items[3].price`; empty
    /// at the top.
    public var field: String
    /// How many bytes come before the fault.
    public var offset: Int

    public init(problem: String, field: String = "", offset: Int = 0) {
        self.problem = problem
        self.field = field
        self.offset = offset
    }

    mutating func enter(_ key: String) {
        field = field.isEmpty ? key : field.first == "[" ? key + field : key + "." + field
    }

    mutating func enter(_ index: Int) {
        field = field.isEmpty || field.first == "[" ? "[\(index)]\(field)" : "[\(index)].\(field)"
    }
}

extension JSONError: CustomStringConvertible {
    public var description: String {
        field.isEmpty ? "\(problem) (at byte \(offset))" : "\(field): \(problem) (at byte \(offset))"
    }
}
