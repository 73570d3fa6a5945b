// SPDX-License-Identifier: MIT
import Footfall
import Glibc

/// Standard output is data, standard error is talk.
enum Console {
    /// A line of data.
    static func write(_ line: String) { put("\(line)\n", to: STDOUT_FILENO) }

    /// A line for people.
    static func say(_ line: String) { put("\(line)\n", to: STDERR_FILENO) }

    /// A line about something that is wrong.
    static func complain(_ line: String) { say("footfall: \(line)") }

    /// Replaces the current line of a terminal.
    static func progress(_ line: String) { put("\r\u{1B}[K\(line)", to: STDERR_FILENO) }

    static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }

    static func write(_ bytes: UnsafeBufferPointer<UInt8>) { put(bytes, to: STDOUT_FILENO) }

    private static func put(_ text: String, to descriptor: Int32) {
        var text = text
        text.withUTF8 { put($0, to: descriptor) }
    }

    private static func put(_ bytes: UnsafeBufferPointer<UInt8>, to descriptor: Int32) {
        var rest = bytes
        while !rest.isEmpty {
            let written = Glibc.write(descriptor, rest.baseAddress, rest.count)
            if written < 0, errno == EINTR { continue }
            // Nobody reads any more: what was to be done is done.
            guard written > 0 else { return }
            rest = UnsafeBufferPointer(rebasing: rest[written...])
        }
    }
}
