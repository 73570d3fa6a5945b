// SPDX-License-Identifier: MIT
import ArgumentParser
import FootfallJSON

/// A mistake in the command line, as one line: WHAT: WHY; CURE.
///
/// ArgumentParser has texts of several lines for the same, with the usage of the command.
struct ArgumentProblem {
    /// The line, without `footfall:`.
    let line: String

    /// - Parameters:
    ///   - message: ArgumentParser's message.
    ///   - arguments: The command line without the name of the program.
    init(_ message: String, _ arguments: [String]) {
        let path = CommandPath(arguments)
        line = path.problem ?? Self.line(message, path)
    }

    private static func line(_ message: String, _ path: CommandPath) -> String {
        let help = "see \(path.helpCommand)"
        // The quotes of ArgumentParser are the outermost ones: an argument may have quotes too.
        if let rest = message.after("Unknown option '") {
            let option = String(rest.before("'. Did you mean '") ?? rest.dropLast())
            if let problem = path.misplacement(of: option) { return problem }
            let nearest = Suggestion.nearest(to: option, among: path.options)
            return "\(option): it is no option; \(nearest.map { "did you mean \($0)?" } ?? help)"
        }
        if let argument = message.after("Missing expected argument '<")?.before(">") {
            return "\(path.words): \(argument.uppercased()) is missing; \(help)"
        }
        if let rest = message.after("Missing value for '") {
            let parts = rest.dropLast().split(separator: " ", maxSplits: 1)
            let value = parts.count == 2 ? parts[1].drop { $0 == "<" }.prefix { $0 != ">" }.uppercased() : "its value"
            return "\(parts.first ?? ""): \(value) is missing; \(help)"
        }
        if let rest = message.after("The value '"), let value = rest.before("' is invalid for '"),
            let place = rest.dropFirst(value.count).after("' is invalid for '")
        {
            let option = place.prefix { $0 != " " && $0 != "'" }
            let reason = place.after("': ").map { String($0) }
            return "\(option): \(ShownText.value(value)): \(reason ?? "it cannot be used here"); \(help)"
        }
        if let rest = message.after("The option '"), let option = rest.before("' does not take any value") {
            return "\(option): it takes no value; \(help)"
        }
        if let rest = message.after("Unexpected argument '") {
            return "\(rest.dropLast()): it is one argument too many; \(help)"
        }
        if let rest = message.after(" unexpected arguments: ") {
            return "\(rest): they are too many arguments; \(help)"
        }
        return message
    }
}

/// The subcommand that a command line names, read without ArgumentParser.
struct CommandPath {
    private static let valueOptions: Set = [
        "--config", "--profile", "--state-dir", "--destination", "--id", "--generate-completion-script", "--status",
        "--since", "--limit", "--interval",
    ]

    private var commands: [any ParsableCommand.Type] = [FootfallCommand.self]
    /// The first word that should be a subcommand and is none.
    private var unknown: String?
    /// An option before the subcommand that is none of `footfall` itself, without its value.
    private var early: String?

    init(_ arguments: [String]) {
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            if argument == "--" { return }
            if argument.hasPrefix("-") {
                if Self.valueOptions.contains(argument) { _ = rest.popFirst() }
                let option = String(argument.prefix { $0 != "=" })
                if commands.count == 1, early == nil, option.hasPrefix("--"), !options.contains(option) {
                    early = option
                }
                continue
            }
            if argument == "help", commands.count == 1 { continue }
            let subcommands = last.configuration.subcommands
            guard !subcommands.isEmpty else { return }
            guard let found = subcommands.first(where: { $0.configuration.commandName == argument }) else {
                // It may be the value of the option.
                if commands.count == 1, early != nil { continue }
                unknown = argument
                return
            }
            commands.append(found)
        }
    }

    private var last: any ParsableCommand.Type { commands.last ?? FootfallCommand.self }

    /// What to do with an option that stands before the subcommand it belongs to; `nil` when the
    /// subcommand does not have it.
    func misplacement(of option: String) -> String? {
        let name = String(option.prefix { $0 != "=" })
        guard commands.count > 1, options.contains(name) else { return nil }
        return "\(name): write it after the subcommand, as in footfall \(words) \(name)"
    }

    /// Why the command line names no subcommand; `nil` when it names one or has no word for it.
    var problem: String? {
        if let early, let problem = misplacement(of: early) { return problem }
        guard let unknown else { return nil }
        let option = "--\(unknown)"
        if !unknown.isEmpty, options.contains(option) {
            return "\(unknown): it is no subcommand; did you mean \(option)?"
        }
        let names = last.configuration.subcommands.compactMap { $0.configuration.commandName }
        let nearest = Suggestion.nearest(to: unknown, among: names)
        let cure = nearest.map { "did you mean \($0)?" } ?? "see \(helpCommand)"
        return "\(ShownText.value(unknown)): it is no subcommand; \(cure)"
    }

    /// The words of the command, as a user types them: `session show`; `footfall` without a subcommand.
    var words: String {
        let names = commands.dropFirst().compactMap { $0.configuration.commandName }
        return names.isEmpty ? "footfall" : names.joined(separator: " ")
    }

    /// How to get help about the command.
    var helpCommand: String { commands.count == 1 ? "footfall help" : "footfall help \(words)" }

    /// The options of the command.
    var options: [String] {
        let help = FootfallCommand.helpMessage(for: last)
        // Only in the list of options does a line begin with one.
        let lines = help.split(separator: "\n").filter { $0.drop { $0 == " " }.hasPrefix("-") }
        return lines.flatMap { $0.split(whereSeparator: { $0 == " " || $0 == "," }) }.map(String.init)
            .filter { $0.hasPrefix("--") }
    }
}

extension StringProtocol {
    /// What follows the first place of a text; `nil` when it does not occur.
    fileprivate func after(_ text: String) -> Substring? {
        occurrences(of: text).first.map { Substring(self[$0.upperBound...]) }
    }

    /// What comes before the last place of a text; `nil` when it does not occur.
    fileprivate func before(_ text: String) -> Substring? {
        occurrences(of: text).last.map { Substring(self[..<$0.lowerBound]) }
    }
}
