// SPDX-License-Identifier: MIT
#if !FOOTFALL_PLAIN
    import ArgumentParser
#endif
import Footfall

/// How a command ends when it fails: a status for scripts (after sysexits.h) and one
/// line for people.
struct CommandExit: Error {
    enum Code: Int32 {
        /// EX_USAGE: The command line or the configuration is wrong.
        case usage = 64
        /// EX_DATAERR: Some of the input is not an event.
        case badInput = 65
        /// EX_UNAVAILABLE: A destination refuses events or is misconfigured, or a port is in use.
        case unavailable = 69
        /// EX_CANTCREAT: The store cannot be created or written.
        case cannotCreate = 73
        /// EX_IOERR: Standard output cannot be written.
        case outputFailed = 74
        /// EX_TEMPFAIL: Events are left to deliver, or the store is full. Trying later may help.
        case temporary = 75
    }

    var code: Code
    /// `nil` when everything was printed before.
    var message: String?

    init(_ code: Code, _ message: String? = nil) {
        self.code = code
        self.message = message
    }
}

/// Runs the body of a command. Prints the message of a ``CommandExit`` that it throws
/// and ends the command with its status.
func exiting(_ body: () throws -> Void) throws {
    do {
        try body()
    } catch let exit as CommandExit {
        if let message = exit.message { Console.complain(message) }
        throw ExitCode(exit.code.rawValue)
    }
}

/// Runs `body`, which reads or changes the store, and throws its errors as a ``CommandExit``.
func usingStore<R>(_ body: () throws -> R) throws -> R {
    do {
        return try body()
    } catch let error as FootfallError {
        throw CommandExit(error.code == .invalidConfiguration ? .usage : .cannotCreate, Client.reason(error))
    }
}
