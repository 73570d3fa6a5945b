// SPDX-License-Identifier: MIT
import CSystem
import Footfall
import Glibc
import TestSupport
import Testing

/// A host in the mode `simulate`, over restarts: its time goes on where it stood.
final class SimulatedHost {
    private let arguments: [String]
    private var process: ChildProcess
    /// Seconds that its clocks are ahead of the machine's.
    private var boot = 0
    private(set) var wall = 0
    private(set) var starts = 0
    private(set) var kills = 0

    init(_ arguments: [String]) throws {
        self.arguments = ["simulate"] + arguments
        process = try ChildProcess(self.arguments)
        try begin()
    }

    private func begin() throws {
        starts += 1
        _ = try #require(process.line(), "it starts")
    }

    private func start() throws {
        process = try ChildProcess(arguments + ["boot=\(boot)", "wall=\(wall)"])
        try begin()
    }

    var id: pid_t { process.id }

    func track(_ prefix: String, _ first: Int, _ count: Int, bytes: Int) throws {
        _ = try process.ask("track \(prefix) \(first) \(count) \(bytes)", "tracked")
    }

    /// Time goes by. Whether what was called is stored; `nil` when it was killed
    /// meanwhile.
    ///
    /// - Parameter patience: Milliseconds that what is due then may take; few where
    ///   a server does not answer.
    @discardableResult
    func advance(_ seconds: Int, patience: Int = 5_000) throws -> Bool? {
        process.write("advance \(seconds) \(patience)\n")
        guard let answer = answer() else {
            boot += seconds
            wall += seconds
            return nil
        }
        try take(answer)
        return answer.last == "true"
    }

    /// The wall clock is set.
    func step(_ seconds: Int) throws {
        process.write("step \(seconds)\n")
        try take(try #require(answer(), "it is alive"))
    }

    private func answer() -> [Substring]? {
        while let line = process.line(atMost: .seconds(60)) {
            if line.hasPrefix("now ") { return line.split(separator: " ") }
        }
        return nil
    }

    private func take(_ answer: [Substring]) throws {
        boot = try #require(Int(answer[1]))
        wall = try #require(Int(answer[2]))
    }

    /// Is killed by kill -9, if it is not dead already, and starts again.
    func kill() throws {
        Glibc.kill(process.id, SIGKILL)
        let ending = process.wait(atMost: .seconds(3_600))
        #expect(ending.signal == SIGKILL && !ending.isOverdue, "\(ending.status ?? -1) \(ending.output.suffix(300))")
        kills += 1
        // Time since boot never goes back; a host may have let it go on by itself.
        boot += 15
        wall += 15
        try start()
    }

    /// Dies at some moment of what it does while time goes by, and starts again.
    func kill(after microseconds: Int, of seconds: Int) throws {
        process.write("advance \(seconds) 1000\n")
        letPass(.microseconds(microseconds))
        boot += seconds
        wall += seconds
        try kill()
    }

    /// Ends in order and starts again.
    func restart() throws {
        try end()
        try start()
    }

    /// Ends in order.
    func end() throws {
        #expect(try process.ask("close", "closed") == "true")
        process.endInput()
        let ending = process.wait(atMost: .seconds(3_600))
        #expect(ending.isClean, "\(ending.output.suffix(300))")
    }
}
