// SPDX-License-Identifier: MIT
import Glibc
import TestSupport
import Testing

/// Whether the tests run in their long form.
let isSoak = getenv("FOOTFALL_SOAK").map { String(cString: $0) == "1" } ?? false

extension Reliability {
    /// How often something is tried: a number for each day, and one for `make soak`.
    static func count(short: Int, long: Int) -> Int { isSoak ? long : short }

    /// Prints how often a claim was tried and held, and the worst figure seen. In the
    /// long form it is added to the file that `FOOTFALL_SOAK_TABLE` names as well.
    static func note(_ test: String, tried: Int, held: Int, worst: String = "–") {
        let line = "soak\t\(test)\t\(tried)\t\(held)\t\(worst)"
        print(line)
        guard isSoak, let path = getenv("FOOTFALL_SOAK_TABLE") else { return }
        let file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        let text = "\(line)\n"
        let isWritten = file >= 0 && text.withCString { write(file, $0, strlen($0)) } == text.utf8.count
        if !isWritten { Issue.record(SystemFailure("writing", String(cString: path))) }
        if file >= 0 { close(file) }
    }
}
