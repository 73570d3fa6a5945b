// SPDX-License-Identifier: MIT
import CSystem
import Glibc
import Testing

/// A real D-Bus daemon with a mocked logind, in processes of their own that end
/// with this object.
final class MockedLogind {
    let address: String
    private let input: Int32
    private let output: Int32
    private let id: pid_t
    private var rest: [UInt8] = []

    init() throws {
        let slash = #filePath.lastIndex(of: "/") ?? #filePath.endIndex
        let script = "\(#filePath[..<slash])/Fixtures/logind.py"
        var toChild: [Int32] = [-1, -1]
        var fromChild: [Int32] = [-1, -1]
        try #require(pipe(&toChild) == 0 && pipe(&fromChild) == 0)
        for end in toChild + fromChild { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, toChild[0], 0)
        posix_spawn_file_actions_adddup2(&actions, fromChild[1], 1)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        let words: [String] = ["/usr/bin/python3", script]
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var started: pid_t = 0
        let failed = posix_spawn(&started, "/usr/bin/python3", &actions, nil, &arguments, environ)
        close(toChild[0])
        close(fromChild[1])
        try #require(failed == 0, "python3 cannot be started")
        id = started
        input = toChild[1]
        output = fromChild[0]
        address = try Self.line(output, &rest)
        try #require(address.hasPrefix("unix:"), "install dbus and python3-dbusmock (make deps-test): \(address)")
    }

    deinit {
        close(input)
        close(output)
        var status: Int32 = 0
        for _ in 0..<100 where waitpid(id, &status, WNOHANG) == 0 { usleep(50_000) }
        // It is gone already, mostly.
        kill(id, SIGKILL)
        waitpid(id, &status, 0)
    }

    /// Lets logind do something; its answer.
    @discardableResult
    func say(_ text: String) throws -> String {
        let line = text + "\n"
        _ = line.withCString { write(input, $0, strlen($0)) }
        return try Self.line(output, &rest)
    }

    /// How many programs it waits for before the machine sleeps.
    var inhibitors: Int {
        get throws { Int(try say("inhibitors")) ?? -1 }
    }

    private static func line(_ descriptor: Int32, _ rest: inout [UInt8]) throws -> String {
        while true {
            if let end = rest.firstIndex(of: 0x0A) {
                defer { rest.removeFirst(end + 1) }
                return String(decoding: rest[..<end], as: UTF8.self)
            }
            try #require(footfall_wait_readable_for(descriptor, 20_000_000_000) == 1, "no answer within 20 s")
            var chunk = [UInt8](repeating: 0, count: 1024)
            let got = read(descriptor, &chunk, chunk.count)
            guard got > 0 else { return String(decoding: rest, as: UTF8.self) }
            rest += chunk[..<got]
        }
    }
}
