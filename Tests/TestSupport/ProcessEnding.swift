// SPDX-License-Identifier: MIT

/// How a process ended.
package struct ProcessEnding: Sendable {
    /// The exit status; `nil` when a signal ended the process.
    package var status: Int32?
    package var signal: Int32?
    /// Whether it lasted longer than its limit and was killed for that.
    package var isOverdue = false
    package var output = ""
    package var duration = Duration.zero

    package var isClean: Bool { status == 0 && !isOverdue }

    /// The rest of the first line of the output that begins with a word.
    package func value(_ word: String) -> String? {
        output.split(separator: "\n").first { $0.hasPrefix("\(word) ") }.map { String($0.dropFirst(word.count + 1)) }
    }
}
