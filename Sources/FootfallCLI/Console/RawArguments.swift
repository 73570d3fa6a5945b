// SPDX-License-Identifier: MIT
import Glibc

/// The command line as the process received it.
enum RawArguments {
    #if !FOOTFALL_PLAIN
        /// The arguments as ArgumentParser is to read them, without the program's name.
        ///
        /// ArgumentParser gives an option with an optional value the next word, whatever that is:
        /// `identify --wait 42` would wait 42 seconds. A value follows `=` only, so the option
        /// gets one here. What `run` is to start is not for ArgumentParser.
        static func withValues(_ arguments: some Sequence<String>) -> [String] {
            var own = Array(arguments)
            let end = own.firstIndex(of: "--") ?? own.count
            if end < own.count, CommandPath(Array(own[..<end])).words == "run" { own.removeSubrange(end...) }
            for index in own.indices.prefix(end) where own[index] == "--wait" { own[index] = "--wait=5" }
            return own
        }
    #endif

    /// The arguments behind the first `--`, as the kernel gave them; `nil` when there are none.
    static var afterTerminator: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? {
        for index in 1..<max(Int(CommandLine.argc), 1) {
            guard let argument = CommandLine.unsafeArgv[index], strcmp(argument, "--") == 0 else { continue }
            return index + 1 < Int(CommandLine.argc) ? CommandLine.unsafeArgv + index + 1 : nil
        }
        return nil
    }

    /// Whether the command ends with 0 whatever happens: `--best-effort` is given, and it is an option of the command.
    static var isBestEffort: Bool {
        let arguments = CommandLine.arguments.dropFirst().prefix { $0 != "--" }
        guard arguments.contains("--best-effort") else { return false }
        #if FOOTFALL_PLAIN
            // It does `track` alone.
            return true
        #else
            return CommandPath(Array(arguments)).options.contains("--best-effort")
        #endif
    }

    /// A mistake that neither Swift nor ArgumentParser reports: Swift replaces bytes that
    /// are not UTF-8, and ArgumentParser reads `--wait=x` as `--wait`.
    static var problem: String? {
        for index in 1..<max(Int(CommandLine.argc), 1) {
            guard let argument = CommandLine.unsafeArgv[index] else { continue }
            guard let text = String(validatingCString: argument) else {
                return "argument \(index) is not UTF-8: \(String(cString: argument))"
            }
            if text == "--" { return nil }
            guard text.hasPrefix("--wait=") else { continue }
            do throws(CommandExit) {
                _ = try WaitDuration.read(String(text.dropFirst("--wait=".utf8.count)), of: "--wait")
            } catch {
                return error.message
            }
        }
        return nil
    }
}
