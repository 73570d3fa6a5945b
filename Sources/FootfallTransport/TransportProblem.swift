// SPDX-License-Identifier: MIT

/// Why libcurl cannot be used.
package struct TransportProblem: Error, Sendable, Equatable {
    /// Whether it may be over in a moment: the process has no descriptors or no memory.
    package var isPassing: Bool
    /// The problem, and what to do about it.
    package var text: String
}
