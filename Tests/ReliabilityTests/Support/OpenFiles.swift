// SPDX-License-Identifier: MIT
import Glibc
import TestSupport

/// What a process has open.
enum OpenFiles {
    /// The paths of the descriptors of a process, as /proc shows them.
    static func of(_ process: pid_t) throws -> [String] {
        let listing = try ChildProcess.run(["-l", "/proc/\(process)/fd"], program: "ls")
        return listing.output.split(separator: "\n").compactMap { line in
            line.occurrences(of: " -> ").first.map { String(line[$0.upperBound...]) }
        }
    }
}
