// SPDX-License-Identifier: MIT
import CReliability
import CSystem
import Footfall
import Glibc
import Testing

/// How a process ended.
struct Ending: Sendable {
    /// `nil` when a signal ended it.
    var status: Int32?
    var signal: Int32?
    /// It lasted longer than it may, and was killed for that.
    var isOverdue = false
    var output = ""
    var duration = Duration.zero

    var isClean: Bool { status == 0 && !isOverdue }

    /// The rest of the first line of the output that begins with a word.
    func value(_ word: String) -> String? {
        output.split(separator: "\n").first { $0.hasPrefix("\(word) ") }.map { String($0.dropFirst(word.count + 1)) }
    }
}

/// A process that was started for a test. It is ended by its id and reaped
/// whatever happens.
final class HostProcess {
    let id: pid_t
    private let output: Int32
    private var input: Int32
    private let begin = footfall_boot_nanoseconds()
    private var isReaped = false
    /// What it wrote and nobody has read yet, and what was read.
    private var unread: [UInt8] = []
    private var heard: [UInt8] = []

    /// Starts the reliability host, or another program, with pipes for its
    /// input and output; what it writes to standard error joins its output.
    init(_ arguments: [String], program: String = HostProcess.program, environment: [String: String] = [:]) throws {
        var fromChild: [Int32] = [-1, -1]
        var toChild: [Int32] = [-1, -1]
        try #require(reliability_pipe(&fromChild) == 0 && reliability_pipe(&toChild) == 0)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, toChild[0], 0)
        posix_spawn_file_actions_adddup2(&actions, fromChild[1], 1)
        posix_spawn_file_actions_adddup2(&actions, fromChild[1], 2)

        // A thread of the test runner blocks signals; a program begins without.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        let words = CStrings([program] + arguments)
        let variables = CStrings(Self.variables(environment))
        var started: pid_t = 0
        let failed = posix_spawnp(&started, program, &actions, &attributes, words.pointers, variables.pointers)
        close(fromChild[1])
        close(toChild[0])
        id = started
        output = fromChild[0]
        input = toChild[1]
        try #require(failed == 0, "\(program) cannot be started: \(String(cString: strerror(failed)))")
    }

    deinit {
        if !isReaped { _ = wait(atMost: .zero) }
    }

    /// Gives it some input.
    func write(_ text: String) { _ = text.withCString { Glibc.write(input, $0, strlen($0)) } }

    /// Lets its input end.
    func endInput() {
        if input >= 0 { close(input) }
        input = -1
    }

    /// The next line it writes; `nil` when there comes none in time, or no more.
    func line(atMost limit: Duration = .seconds(20)) -> String? {
        let deadline = footfall_boot_nanoseconds() + limit.nanoseconds
        var chunk = [UInt8](repeating: 0, count: 4096)
        while true {
            if let end = unread.firstIndex(of: 0x0A) {
                let line = String(decoding: unread[..<end], as: UTF8.self)
                heard += unread[...end]
                unread.removeSubrange(...end)
                return line
            }
            let left = deadline - footfall_boot_nanoseconds()
            guard left > 0, footfall_wait_readable_for(output, left) != 0 else { return nil }
            let got = read(output, &chunk, chunk.count)
            if got > 0 { unread += chunk[..<got] } else if got == 0 || errno != EINTR { return nil }
        }
    }

    /// Tells a host in the mode `obey` what to do; the rest of the line that
    /// begins with `word`, which it says when that is done.
    func ask(_ command: String, _ word: String, atMost limit: Duration = .seconds(20)) throws -> String {
        write("\(command)\n")
        let deadline = footfall_boot_nanoseconds() + limit.nanoseconds
        while true {
            let left = Duration.nanoseconds(max(deadline - footfall_boot_nanoseconds(), 1))
            let answer = self.line(atMost: left)
            let line = try #require(answer, "no answer to \(command) after \(String(decoding: heard, as: UTF8.self))")
            if line == word { return "" }
            if line.hasPrefix("\(word) ") { return String(line.dropFirst(word.count + 1)) }
        }
    }

    /// Waits until it and all that hold its output have ended; kills it when
    /// that takes too long.
    func wait(atMost limit: Duration) -> Ending {
        var ending = Ending()
        let deadline = begin + limit.nanoseconds
        var text = heard + unread
        var chunk = [UInt8](repeating: 0, count: 4096)
        while !ending.isOverdue {
            let left = deadline - footfall_boot_nanoseconds()
            guard left > 0, footfall_wait_readable_for(output, left) != 0 else {
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
        ending.duration = .nanoseconds(footfall_boot_nanoseconds() - begin)
        ending.output = String(decoding: text, as: UTF8.self)
        if status & 0x7F == 0 { ending.status = status >> 8 & 0xFF } else { ending.signal = status & 0x7F }
        return ending
    }

    /// Starts a host and waits for its end.
    static func run(
        _ arguments: [String], program: String = HostProcess.program, environment: [String: String] = [:],
        atMost limit: Duration = .seconds(60)
    ) throws -> Ending {
        let process = try HostProcess(arguments, program: program, environment: environment)
        process.endInput()
        return process.wait(atMost: limit)
    }

    /// The host lies beside the tests.
    static let program: String = {
        var path = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &path, path.count - 1)
        let own = String(decoding: path.prefix(max(count, 0)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        // With another runner the bundle is among the arguments.
        let candidates = [own] + CommandLine.arguments
        for candidate in candidates {
            guard let slash = candidate.lastIndex(of: "/") else { continue }
            let host = "\(candidate[..<slash])/ReliabilityHost"
            if access(host, X_OK) == 0 { return host }
        }
        return "ReliabilityHost"
    }()

    /// The command of this build lies there as well.
    static var command: String {
        let slash = program.lastIndex(of: "/").map { program.index(after: $0) } ?? program.startIndex
        return "\(program[..<slash])footfall"
    }

    private static func variables(_ changes: [String: String]) -> [String] {
        var variables: [String] = []
        var entry = environ
        while let pointer = entry.pointee {
            let variable = String(cString: pointer)
            let name = variable.prefix { $0 != "=" }
            if changes[String(name)] == nil { variables.append(variable) }
            entry += 1
        }
        return variables + changes.map { "\($0)=\($1)" }
    }
}

/// A null-terminated array of C strings.
final class CStrings {
    private(set) var pointers: [UnsafeMutablePointer<CChar>?]

    init(_ texts: [String]) { pointers = texts.map { strdup($0) } + [nil] }

    deinit { for pointer in pointers { free(pointer) } }
}
