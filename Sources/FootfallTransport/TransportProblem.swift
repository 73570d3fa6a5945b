// SPDX-License-Identifier: MIT

/// Why libcurl cannot be used.
package struct TransportProblem: Error, Sendable, Equatable {
    /// Whether the problem may pass: the process has no descriptors or no memory at the
    /// moment.
    package var isPassing: Bool
    /// The problem, and what to do about it.
    package var text: String
}
