// SPDX-License-Identifier: MIT
import FootfallJSON

/// A key or a password, as a person pasted it or a program wrote it into a file.
package struct Secret: Sendable, Equatable {
    /// The text without white space and byte order marks at its ends: files end in a newline,
    /// and some editors write a mark. It is never shown.
    package let text: String

    /// - Parameter given: The text as it came.
    package init(_ given: String) { text = given.trimmed }

    /// Whether no key was given.
    package var isEmpty: Bool { text.isEmpty }

    /// Why the secret cannot be used, without the secret; `nil` when it can.
    package var problem: String? {
        // In a header such a character would end the line.
        guard text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else { return nil }
        return "it has a control character inside, such as the end of a line; give it alone, on one line"
    }
}
