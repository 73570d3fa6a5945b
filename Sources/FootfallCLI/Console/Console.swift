// SPDX-License-Identifier: MIT
import Footfall
import FootfallJSON
import Glibc

/// Standard output is data, standard error is talk. All that is printed goes through
/// ``ShownText``, whose text it may be: see `docs/decisions/0030`.
enum Console {
    /// Gives descriptors 0 to 2 that are closed to /dev/null, or the store's files
    /// would get their numbers and what is printed.
    static func openStandardDescriptors() {
        for descriptor: Int32 in 0...2 where fcntl(descriptor, F_GETFD) == -1 {
            let opened = open("/dev/null", O_RDWR)
            guard opened >= 0, opened != descriptor else { continue }
            dup2(opened, descriptor)
            close(opened)
        }
    }

    /// Ends the command with one line.
    static func exit(_ code: CommandExit.Code, _ line: String) -> Never {
        complain(line)
        _exit(code.rawValue)
    }

    /// A line of JSON for programs; the command ends when it cannot be written.
    static func write(json text: String) { write("\(ShownText.json(text))\n", to: STDOUT_FILENO) }

    static func write(_ object: JSONObject) { write(json: object.text) }

    /// A line for people that is asked for.
    static func show(_ line: String) { write("\(ShownText.line(line))\n", to: STDOUT_FILENO) }

    private static func write(_ text: String, to descriptor: Int32) {
        guard !put(text, to: descriptor), errno != EPIPE else { return }
        exit(.outputFailed, "standard output: \(String(cString: strerror(errno)))")
    }

    /// A line for people.
    static func say(_ line: String) { put("\(ShownText.line(line))\n", to: STDERR_FILENO) }

    /// The parser's help, or what it says of a mistake: several lines.
    static func explain(_ text: String, to descriptor: Int32) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        put(lines.map { ShownText.line(String($0)) }.joined(separator: "\n") + "\n", to: descriptor)
    }

    /// A line about something that is wrong.
    static func complain(_ line: String) { say("footfall: \(line)") }

    /// Replaces the current line of a terminal.
    static func progress(_ line: String) { put("\r\u{1B}[K\(ShownText.line(line))", to: STDERR_FILENO) }

    static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }

    @discardableResult
    private static func put(_ text: String, to descriptor: Int32) -> Bool {
        var text = text
        return text.withUTF8 { put($0, to: descriptor) }
    }

    /// False with errno set when nobody reads any more or it cannot be written.
    @discardableResult
    private static func put(_ bytes: UnsafeBufferPointer<UInt8>, to descriptor: Int32) -> Bool {
        var rest = bytes
        while !rest.isEmpty {
            let written = Glibc.write(descriptor, rest.baseAddress, rest.count)
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { return false }
            rest = UnsafeBufferPointer(rebasing: rest[written...])
        }
        return true
    }
}
