// SPDX-License-Identifier: MIT
#if !FOOTFALL_PLAIN
    import ArgumentParser
#endif
import Footfall

/// The longest wait of a command, as an option gives it.
///
/// The text is read after ArgumentParser is done, so that a wrong one is reported in one line.
struct WaitDuration: CustomStringConvertible {
    private let text: String

    init(argument: String) { text = argument }

    var defaultValueDescription: String { text }
    /// For help: ArgumentParser shows the value of `--wait` alone in this form.
    var description: String { text }

    /// The duration; throws when the text is none.
    ///
    /// - Parameter option: The option as the user wrote it, for the message.
    func duration(of option: String) throws(CommandExit) -> Duration { try Self.read(text, of: option) }

    /// Reads `10s`, `2m`, `250ms`; a plain number, as `30` or `0.5`, is seconds.
    static func read(_ text: String, of option: String) throws(CommandExit) -> Duration {
        guard let duration = Duration(configured: text) else {
            throw CommandExit(
                .usage, "\(option): \"\(text)\" is not a duration; write it as 10s, 2m or 250ms, or as seconds")
        }
        return duration
    }
}

#if !FOOTFALL_PLAIN
    extension WaitDuration: ExpressibleByArgument {}
#endif
