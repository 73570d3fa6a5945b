// SPDX-License-Identifier: MIT
import Footfall
import Glibc
import TestSupport
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
    let directory = TemporaryDirectory()
    var environment: [String: String] = [:]
    /// A program that starts the command, with its arguments.
    var starter: [String] = []

    var home: String { directory.path }
    var state: String { "\(home)/state/footfall/default" }

    /// Writes a file into the home, and gives its path.
    func write(_ name: String, _ text: String) throws -> String { try directory.write(text, to: name) }

    /// Writes bytes into a file in the home, and gives its path.
    func write(_ name: String, _ bytes: [UInt8]) throws -> String { try directory.write(bytes, to: name) }

    /// The text of a file in the home.
    func read(_ name: String) throws -> String { try directory.text(of: name) }

    /// Runs the command to its end; it is killed when that takes a minute.
    @discardableResult
    func callAsFunction(_ arguments: String..., input: String = "") throws -> Run { try run(arguments, input) }

    func run(_ arguments: [String], _ input: String) throws -> Run {
        let words = starter + [Self.program] + arguments
        let ending = try ChildProcess.run(
            program: words[0], Array(words.dropFirst()), environment: variables, inherits: false,
            input: try write("in", input), errors: .file("\(home)/err"))
        try #require(!ending.isOverdue, "it did not end within a minute: \(words)")
        let status = try #require(ending.status, "it was ended by signal \(ending.signal ?? 0)")
        return Run(status: status, output: ending.output, talk: try read("err"))
    }

    /// Starts the command, which goes on until it is ended. Its errors are in the file `err-started` of the home.
    func start(_ arguments: String...) throws -> ChildProcess {
        try ChildProcess(
            program: Self.program, arguments, environment: variables, inherits: false,
            errors: .file("\(home)/err-started"))
    }

    private var variables: [String: String] {
        let own = [
            "HOME": home, "XDG_STATE_HOME": "\(home)/state", "XDG_CONFIG_HOME": "\(home)/config",
            "PATH": String(cString: getenv("PATH")),
        ]
        return own.merging(environment) { _, new in new }
    }

    private static let program = ChildProcess.built("footfall")

    /// The events in a file of lines in the home, in order.
    func events(in name: String) throws -> [JSONObject] {
        try read(name).split(separator: "\n").map { line in
            try #require(try JSONParser.parse(String(line)).objectValue, "\(line)")
        }
    }

    /// Looks for texts in all files of the state.
    func expectNowhere(_ needles: [String], sourceLocation: SourceLocation = #_sourceLocation) throws {
        for needle in needles {
            let files = try directory.files(with: needle, below: "state")
            #expect(files.isEmpty, "\(needle) is in \(files)", sourceLocation: sourceLocation)
        }
    }
}
