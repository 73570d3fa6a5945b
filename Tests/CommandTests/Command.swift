// SPDX-License-Identifier: MIT
import CSystem
import Footfall
import FootfallCollector
import FootfallStore
import Glibc
import Testing

/// What a run of the command gave.
struct Run {
    var status: Int32
    var output: String
    var talk: String

    /// The last line of the output, as JSON.
    var json: JSONObject? {
        output.split(separator: "\n").last.flatMap { try? JSONParser.parse(String($0)) }?.objectValue
    }
    var lines: [String] { output.split(separator: "\n").map(String.init) }
}

/// The built command, with a state directory and a home of its own.
final class Command {
    let home: String
    var environment: [String: String] = [:]
    /// A program that starts the command, with its arguments.
    var starter: [String] = []

    init() {
        home = "/tmp/footfall-command-\(UUIDv4.random())"
        mkdir(home, 0o700)
    }

    deinit { Self.remove(home) }

    var state: String { "\(home)/state/footfall/default" }

    func write(_ name: String, _ text: String) -> String {
        let path = "\(home)/\(name)"
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        _ = text.withCString { Glibc.write(descriptor, $0, strlen($0)) }
        close(descriptor)
        return path
    }

    func read(_ name: String) -> String {
        let descriptor = open("\(home)/\(name)", O_RDONLY)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let got = Glibc.read(descriptor, &chunk, chunk.count)
            guard got > 0 else { return String(decoding: bytes, as: UTF8.self) }
            bytes += chunk[..<got]
        }
    }

    /// Runs the command to its end; it is killed when that takes a minute.
    @discardableResult
    func callAsFunction(_ arguments: String..., input: String = "") throws -> Run { try run(arguments, input) }

    func run(_ arguments: [String], _ input: String) throws -> Run {
        _ = write("in", input)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "\(home)/in", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, "\(home)/out", O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, "\(home)/err", O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        var variables = [
            "HOME": home, "XDG_STATE_HOME": "\(home)/state", "XDG_CONFIG_HOME": "\(home)/config",
            "PATH": String(cString: getenv("PATH")),
        ]
        variables.merge(environment) { _, new in new }
        var id: pid_t = 0
        let words = starter + [Self.program] + arguments
        let failed = withCStrings(words) { pointers in
            withCStrings(variables.map { "\($0)=\($1)" }) { posix_spawnp(&id, words[0], &actions, nil, pointers, $0) }
        }
        try #require(failed == 0, "\(Self.program): \(String(cString: strerror(failed)))")
        let deadline = footfall_boot_nanoseconds() + Duration.seconds(60).nanoseconds
        var status: Int32 = 0
        while waitpid(id, &status, WNOHANG) == 0 {
            if footfall_boot_nanoseconds() > deadline { kill(id, SIGKILL) }
            _ = footfall_wait_readable_for(-1, 1_000_000)
        }
        try #require(status & 0x7F == 0, "it was ended by signal \(status & 0x7F)")
        return Run(status: status >> 8 & 0xFF, output: read("out"), talk: read("err"))
    }

    private func withCStrings<R>(_ texts: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> R) -> R {
        let copies = texts.map { strdup($0) }
        defer { for copy in copies { free(copy) } }
        return body(copies + [nil])
    }

    /// The command lies beside the tests.
    private static let program: String = {
        var path = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &path, path.count - 1)
        let own = String(decoding: path.prefix(max(count, 0)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        for candidate in [own] + CommandLine.arguments {
            guard let slash = candidate.lastIndex(of: "/") else { continue }
            let command = "\(candidate[..<slash])/footfall"
            if access(command, X_OK) == 0 { return command }
        }
        return "footfall"
    }()

    /// The paths of all files below a directory, sorted.
    func files(in path: String) -> [String] {
        Listing.names(in: path).flatMap { name -> [String] in
            let file = "\(path)/\(name)"
            var status = stat()
            guard lstat(file, &status) == 0 else { return [] }
            return status.st_mode & S_IFMT == S_IFDIR ? files(in: file) : [file]
        }
    }

    private static func remove(_ path: String) {
        guard let listing = opendir(path) else {
            unlink(path)
            return
        }
        while let entry = readdir(listing) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { remove("\(path)/\(name)") }
        }
        closedir(listing)
        rmdir(path)
    }
}

/// A collector on a free port, and what it got.
final class Sink {
    let collector: Collector
    private let file: String

    init(_ command: Command, answer: (@Sendable (String, Int) -> CollectorAnswer)? = nil) throws {
        file = "\(command.home)/collected.ndjson"
        var configuration = CollectorConfiguration()
        configuration.output = file
        configuration.answer = answer
        collector = try Collector(configuration)
        command.environment["FOOTFALL_ENDPOINT"] = "\(collector.url)/v1/b"
        command.environment["FOOTFALL_WRITE_KEY"] = "KEY"
    }

    deinit { collector.stop() }
}
