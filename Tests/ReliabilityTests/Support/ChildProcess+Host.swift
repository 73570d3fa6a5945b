// SPDX-License-Identifier: MIT
import TestSupport
import Testing

extension ChildProcess {
    /// The reliability host of this build.
    static let host = built("ReliabilityHost")
    /// The command `footfall` of this build.
    static let command = built("footfall")

    /// Starts the reliability host, or another program.
    convenience init(_ arguments: [String], program: String = host, environment: [String: String] = [:]) throws {
        try self.init(program: program, arguments, environment: Self.withoutBacktrace(environment))
    }

    /// Starts the reliability host, or another program, without input, and waits for its end.
    static func run(
        _ arguments: [String], program: String = host, environment: [String: String] = [:],
        atMost limit: Duration = .seconds(60)
    ) throws -> ProcessEnding {
        try run(program: program, arguments, environment: withoutBacktrace(environment), atMost: limit)
    }

    /// A host that traps, as many tests want it, must not be kept for seconds while its threads are written down.
    private static func withoutBacktrace(_ environment: [String: String]) -> [String: String] {
        environment.merging(["SWIFT_BACKTRACE": "enable=no"]) { given, _ in given }
    }

    /// Starts the reliability host in its mode `obey`, in which it does what `ask` tells
    /// it, and waits until it is ready.
    static func obeying(_ arguments: [String]) throws -> ChildProcess {
        let host = try ChildProcess(["obey"] + arguments)
        _ = try #require(host.line(), "the host starts")
        return host
    }

    /// Lets its input end, and expects that the process ends in order then.
    func expectOrderlyEnd(sourceLocation: SourceLocation = #_sourceLocation) {
        endInput()
        // From its start: the long form has hosts that live for hours.
        let ending = wait(atMost: isSoak ? .seconds(4 * 3_600) : .seconds(300))
        #expect(ending.isClean, "\(ending)", sourceLocation: sourceLocation)
    }
}
