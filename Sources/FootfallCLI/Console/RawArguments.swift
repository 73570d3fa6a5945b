// SPDX-License-Identifier: MIT

/// The command line as the process received it.
enum RawArguments {
    /// The arguments as ArgumentParser is to read them, without the program's name.
    ///
    /// ArgumentParser gives an option with an optional value the next word, whatever that is:
    /// `identify --wait 42` would wait 42 seconds. A value follows `=` only, so the option
    /// gets one here.
    static func withValues(_ arguments: some Sequence<String>) -> [String] {
        var isOption = true
        return arguments.map { argument in
            isOption = isOption && argument != "--"
            return isOption && argument == "--wait" ? "--wait=5" : argument
        }
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
