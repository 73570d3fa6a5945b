// SPDX-License-Identifier: MIT
import TestSupport

extension ChildProcess {
    /// The reliability host of this build.
    static let host = built("ReliabilityHost")
    /// The command `footfall` of this build.
    static let command = built("footfall")

    /// Starts the reliability host, or another program.
    convenience init(_ arguments: [String], program: String = host, environment: [String: String] = [:]) throws {
        try self.init(program: program, arguments, environment: environment)
    }

    /// Starts the reliability host, or another program, without input, and waits for its end.
    static func run(
        _ arguments: [String], program: String = host, environment: [String: String] = [:],
        atMost limit: Duration = .seconds(60)
    ) throws -> ProcessEnding {
        try run(program: program, arguments, environment: environment, atMost: limit)
    }
}
