// SPDX-License-Identifier: MIT

extension JSONParser {
    /// What is accepted beyond RFC 8259, and how deep.
    package struct Options: Sendable {
        /// How many arrays and objects may be inside one another. The default,
        /// 64, is above the 40 levels that Amplitude takes, and keeps the stack small.
        package var maximumDepth = 64
        /// Whether `//` comments are white space: in configuration files.
        package var allowsComments = false

        package init() {}
    }
}
