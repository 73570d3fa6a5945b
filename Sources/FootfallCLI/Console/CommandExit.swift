// SPDX-License-Identifier: MIT
import ArgumentParser

/// Why a command ends, for people and for scripts (after sysexits.h).
struct CommandExit: Error {
    enum Code: Int32 {
        /// The command line or the configuration is wrong.
        case usage = 64
        /// Some of the input is no event.
        case badInput = 65
        /// What is left waits for a destination that refuses or is wrong; a port is in use.
        case unavailable = 69
        /// The store cannot be made or written.
        case cannotCreate = 73
        /// Standard output cannot be written.
        case outputFailed = 74
        /// Not all is delivered, or the store is full: try again later.
        case temporary = 75
    }

    var code: Code
    var message: String?

    init(_ code: Code, _ message: String? = nil) {
        self.code = code
        self.message = message
    }
}

/// Runs a command's body; a ``CommandExit`` becomes one line and a status.
func exiting(_ body: () throws -> Void) throws {
    do {
        try body()
    } catch let exit as CommandExit {
        if let message = exit.message { Console.complain(message) }
        throw ExitCode(exit.code.rawValue)
    }
}
