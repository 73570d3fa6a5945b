// SPDX-License-Identifier: MIT
import Glibc

/// `footfall-conformance KIND FILE`: compares what ships with cases that the
/// original made. The last line is `N passed, N failed`.
@main enum ConformanceCommand {
    static func main() {
        let arguments = CommandLine.arguments
        guard arguments.count == 3, let kind = CaseKind(rawValue: arguments[1]) else {
            let kinds = CaseKind.allCases.map(\.rawValue).joined(separator: ", ")
            complain("usage: footfall-conformance KIND FILE; KIND is one of \(kinds)")
        }
        do {
            let file = try CaseFile(arguments[2])
            let failures = file.failures(kind)
            for failure in failures { print(failure) }
            print("\(file.cases.count - failures.count) passed, \(failures.count) failed")
            exit(failures.isEmpty ? 0 : 1)
        } catch {
            complain("\(arguments[2]): \(error)")
        }
    }

    private static func complain(_ text: String) -> Never {
        let line = Array("footfall-conformance: \(text)\n".utf8)
        _ = write(STDERR_FILENO, line, line.count)
        exit(2)
    }
}
