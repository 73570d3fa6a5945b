// SPDX-License-Identifier: MIT
import CReliability
import CSystem
import FootfallStore
import Glibc

/// A process that a test started, with pipes for its input and output. It is ended by
/// its id and reaped with the object, whatever happens.
package final class ChildProcess {
    /// Where standard error goes.
    package enum ErrorOutput {
        case withOutput
        case file(String)
    }

    /// A process that could not be started or does not answer, and why.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    package let id: pid_t
    private let output: Int32
    private var input: Int32
    private let begin = ftf_boot_nanoseconds()
    private var isReaped = false
    /// What it wrote and `line` has not given yet, and what `line` gave.
    private var unread: [UInt8] = []
    private var heard: [UInt8] = []

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - environment: What differs from the environment of the tests.
    ///   - inherits: Whether it has the environment of the tests as well.
    ///   - input: A file that is its input; `nil` for a pipe, which `write` fills.
    package init(
        program: String, _ arguments: [String], environment: [String: String] = [:], inherits: Bool = true,
        input file: String? = nil, errors: ErrorOutput = .withOutput
    ) throws {
        var fromChild: [Int32] = [-1, -1]
        var toChild: [Int32] = [-1, -1]
        // Closed in all other programs, which other tests start at the same time.
        guard reliability_pipe(&fromChild) == 0 else { throw SystemFailure("making a pipe for", program) }
        guard reliability_pipe(&toChild) == 0 else {
            let failure = SystemFailure("making a pipe for", program)
            for end in fromChild { close(end) }
            throw failure
        }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let file {
            posix_spawn_file_actions_addopen(&actions, 0, file, O_RDONLY, 0)
        } else {
            posix_spawn_file_actions_adddup2(&actions, toChild[0], 0)
        }
        posix_spawn_file_actions_adddup2(&actions, fromChild[1], 1)
        switch errors {
        case .withOutput: posix_spawn_file_actions_adddup2(&actions, fromChild[1], 2)
        case .file(let path):
            posix_spawn_file_actions_addopen(&actions, 2, path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        }

        // A thread of the test runner blocks signals; a program begins without.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        let words = CStrings([program] + arguments)
        let variables = CStrings(Self.variables(environment, inherits: inherits))
        var started: pid_t = 0
        let failed = posix_spawnp(&started, program, &actions, &attributes, words.pointers, variables.pointers)
        close(fromChild[1])
        close(toChild[0])
        id = started
        output = fromChild[0]
        input = toChild[1]
        guard failed == 0 else {
            isReaped = true
            close(output)
            close(input)
            throw SystemFailure("starting", program, failed)
        }
    }

    deinit {
        if !isReaped { _ = wait(atMost: .zero) }
    }

    /// Gives it some input. A process that has ended or closed its input hears nothing.
    package func write(_ text: String) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let written = bytes.withUnsafeBytes { Glibc.write(input, $0.baseAddress, $0.count) }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { return }
            bytes = bytes.dropFirst(written)
        }
    }

    /// Lets its input end.
    package func endInput() {
        if input >= 0 { close(input) }
        input = -1
    }

    /// The next line it writes; `nil` when none comes within the limit, or no more.
    package func line(atMost limit: Duration = .seconds(20)) -> String? {
        let deadline = ftf_boot_nanoseconds() + limit.nanoseconds
        var chunk = [UInt8](repeating: 0, count: 4096)
        while true {
            if let end = unread.firstIndex(of: 0x0A) {
                let line = String(decoding: unread[..<end], as: UTF8.self)
                heard += unread[...end]
                unread.removeSubrange(...end)
                return line
            }
            let left = deadline - ftf_boot_nanoseconds()
            guard left > 0, ftf_wait_readable_for(output, left) != 0 else { return nil }
            let got = read(output, &chunk, chunk.count)
            if got > 0 { unread += chunk[..<got] } else if got == 0 || errno != EINTR { return nil }
        }
    }

    /// Gives it a command, a line, and waits for the answer: the rest of the next line
    /// that begins with a word.
    package func ask(_ command: String, _ word: String, atMost limit: Duration = .seconds(20)) throws -> String {
        write("\(command)\n")
        let deadline = ftf_boot_nanoseconds() + limit.nanoseconds
        while true {
            let left = Duration.nanoseconds(max(deadline - ftf_boot_nanoseconds(), 1))
            guard let line = line(atMost: left) else {
                let said = String(decoding: heard + unread, as: UTF8.self)
                throw Failure(description: "no answer to \(command) within \(limit), after \(said)")
            }
            if line == word { return "" }
            if line.hasPrefix("\(word) ") { return String(line.dropFirst(word.count + 1)) }
        }
    }

    /// Waits until it and all that hold its output have ended; kills it when it lasts
    /// longer than the limit, which counts from its start.
    package func wait(atMost limit: Duration) -> ProcessEnding {
        var ending = ProcessEnding()
        let deadline = begin + limit.nanoseconds
        var text = heard + unread
        var chunk = [UInt8](repeating: 0, count: 4096)
        while !ending.isOverdue {
            let left = deadline - ftf_boot_nanoseconds()
            guard left > 0, ftf_wait_readable_for(output, left) != 0 else {
                ending.isOverdue = true
                break
            }
            let got = read(output, &chunk, chunk.count)
            if got > 0 { text += chunk[..<got] } else if got == 0 || errno != EINTR { break }
        }
        if ending.isOverdue { kill(id, SIGKILL) }
        var status: Int32 = 0
        while waitpid(id, &status, 0) < 0, errno == EINTR {}
        isReaped = true
        endInput()
        close(output)
        ending.duration = .nanoseconds(ftf_boot_nanoseconds() - begin)
        ending.output = String(decoding: text, as: UTF8.self)
        if status & 0x7F == 0 { ending.status = status >> 8 & 0xFF } else { ending.signal = status & 0x7F }
        return ending
    }

    /// Starts a program without input and waits for its end.
    package static func run(
        program: String, _ arguments: [String], environment: [String: String] = [:], inherits: Bool = true,
        input file: String? = nil, errors: ErrorOutput = .withOutput, atMost limit: Duration = .seconds(60)
    ) throws -> ProcessEnding {
        let process = try ChildProcess(
            program: program, arguments, environment: environment, inherits: inherits, input: file, errors: errors)
        process.endInput()
        return process.wait(atMost: limit)
    }

    /// A program of this build: they lie beside the tests.
    package static func built(_ name: String) -> String {
        var path = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &path, path.count - 1)
        let own = String(decoding: path.prefix(max(count, 0)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        // With another runner the bundle is among the arguments.
        for candidate in [own] + CommandLine.arguments {
            guard let slash = candidate.lastIndex(of: "/") else { continue }
            let program = "\(candidate[..<slash])/\(name)"
            if access(program, X_OK) == 0 { return program }
        }
        return name
    }

    private static func variables(_ changes: [String: String], inherits: Bool) -> [String] {
        var variables: [String] = []
        var entry = environ
        while inherits, let pointer = entry.pointee {
            let variable = String(cString: pointer)
            let name = variable.prefix { $0 != "=" }
            if changes[String(name)] == nil { variables.append(variable) }
            entry += 1
        }
        return variables + changes.map { "\($0)=\($1)" }
    }
}
