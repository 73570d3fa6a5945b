// SPDX-License-Identifier: MIT

/// Why a text is not JSON: the problem, the field and the byte.
public struct JSONError: Error, Sendable, Equatable {
    /// What is wrong, as a part of a sentence: `the number 1e400 is too large`.
    public var problem: String
    /// The path of the field, as `properties.items[3].price`; empty for the whole text.
    public var field: String
    /// The number of bytes before the problem.
    public var offset: Int

    package init(problem: String, field: String = "", offset: Int = 0) {
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
    /// The field, the problem and the byte, as one line.
    public var description: String {
        field.isEmpty ? "\(problem) (at byte \(offset))" : "\(field): \(problem) (at byte \(offset))"
    }
}
