// SPDX-License-Identifier: MIT
import Footfall
import FootfallJSON
import Glibc

/// Prints results to standard output, and messages to standard error.
///
/// All text passes through ``ShownText``, because it may contain text of others:
/// see `docs/decisions/0030`.
enum Console {
    /// Opens /dev/null in the place of each of the descriptors 0 to 2 that is closed.
    /// Otherwise a file of the store would get that number, and the output with it.
    ///
    /// A closed input cannot be read, and a closed output cannot be written: the results
    /// of a command are not lost in silence. Messages are: they are about the result.
    static func openStandardDescriptors() {
        let modes = [(STDIN_FILENO, O_WRONLY), (STDOUT_FILENO, O_RDONLY), (STDERR_FILENO, O_WRONLY)]
        for (descriptor, mode) in modes where fcntl(descriptor, F_GETFD) == -1 {
            let opened = open("/dev/null", mode)
            guard opened >= 0 else { continue }
            if opened != descriptor {
                dup2(opened, descriptor)
                close(opened)
            }
            // A program that `footfall run` starts has it closed again.
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        }
    }

    /// Prints an error and ends the process.
    static func exit(_ code: CommandExit.Code, _ line: String) -> Never {
        complain(line)
        _exit(RawArguments.isBestEffort ? 0 : code.rawValue)
    }

    /// Prints a line of JSON to standard output; ends the command if that fails.
    static func write(json text: String) { write("\(ShownText.json(text))\n", to: STDOUT_FILENO) }

    static func write(_ object: JSONObject) { write(json: object.text) }

    /// Prints a line of the result to standard output; ends the command if that fails.
    static func show(_ line: String) { write("\(ShownText.line(line))\n", to: STDOUT_FILENO) }

    /// Prints the lines of a result to standard output; ends the command if that fails.
    static func write(text: String) {
        let lines = text.split(separator: "\n").map { ShownText.line(String($0)) + "\n" }
        write(lines.joined(), to: STDOUT_FILENO)
    }

    static func show(_ table: Table) { for line in table.lines { show(line) } }

    private static func write(_ text: String, to descriptor: Int32) {
        guard !put(text, to: descriptor), errno != EPIPE else { return }
        exit(.outputFailed, "standard output: \(String(cString: strerror(errno)))")
    }

    /// Prints a message to standard error.
    static func say(_ line: String) { put("\(ShownText.line(line))\n", to: STDERR_FILENO) }

    /// Prints help or an error of ArgumentParser, which has several lines. Help on standard
    /// output is a result: the command ends if it cannot be printed.
    static func explain(_ text: String, to descriptor: Int32) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let shown = lines.map { ShownText.line(String($0)) }.joined(separator: "\n") + "\n"
        if descriptor == STDOUT_FILENO { write(shown, to: descriptor) } else { put(shown, to: descriptor) }
    }

    /// Ends the command if standard output is closed. For a command that has it opened by name.
    static func requireOutput() {
        let flags = fcntl(STDOUT_FILENO, F_GETFL)
        if flags & O_ACCMODE == O_RDONLY {
            exit(.outputFailed, "standard output: \(String(cString: strerror(EBADF)))")
        }
        // What is opened by name has an offset of its own. Standard error, if it is in the same file (`>file 2>&1`), would
        // write over it.
        var status = stat()
        guard flags >= 0, fstat(STDOUT_FILENO, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return }
        _ = fcntl(STDOUT_FILENO, F_SETFL, flags | O_APPEND)
    }

    /// The width of the terminal on standard output; 80 when it is none.
    static var columns: Int {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col >= 40 else { return 80 }
        return Int(size.ws_col)
    }

    /// Whether standard output is a terminal.
    static var isScreen: Bool { isatty(STDOUT_FILENO) == 1 }

    /// Empties the screen, if standard output is a terminal.
    static func clearScreen() {
        if isScreen { write("\u{1B}[H\u{1B}[2J", to: STDOUT_FILENO) }
    }

    /// Prints an error or a warning to standard error.
    static func complain(_ line: String) { say("footfall: \(line)") }

    /// Replaces the current line of the terminal on standard error.
    static func progress(_ line: String) { put("\r\u{1B}[K\(ShownText.line(line))", to: STDERR_FILENO) }

    static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }

    /// Writes a text as it is; false, with errno set, when it could not be written.
    @discardableResult
    static func put(_ text: String, to descriptor: Int32) -> Bool {
        var text = text
        return text.withUTF8 { put($0, to: descriptor) }
    }

    /// False, with errno set, when the bytes could not be written; EPIPE when the reader is gone.
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
