// SPDX-License-Identifier: MIT

/// The command line before Swift and the parser have made something of it.
enum RawArguments {
    /// What is wrong with it that they would pass over: Swift replaces bytes that
    /// are no UTF-8, and the parser takes `--wait=x` for `--wait`.
    static var problem: String? {
        for index in 1..<max(Int(CommandLine.argc), 1) {
            guard let argument = CommandLine.unsafeArgv[index] else { continue }
            guard let text = String(validatingCString: argument) else {
                return "argument \(index) is no UTF-8: \(String(cString: argument))"
            }
            if text == "--" { return nil }
            guard text.hasPrefix("--wait=") else { continue }
            if Int(text.dropFirst("--wait=".utf8.count)) == nil {
                return "\(text): it must be a whole number of seconds"
            }
        }
        return nil
    }
}
