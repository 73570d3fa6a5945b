// SPDX-License-Identifier: MIT
import ArgumentParser
import Footfall
import Glibc

/// `footfall track NAME [k=v …]`, with global options at most, as scripts call
/// it for each event.
///
/// ArgumentParser takes more than half of such a run: it looks at its types
/// with reflection. What is read here means the same to it; everything else,
/// help and mistakes included, is left to it.
struct PlainTrack {
    private var global = GlobalOptions()
    private var options = EventOptions()
    private let name: String

    /// `nil` when there is anything that is not plain.
    init?(_ arguments: some Sequence<String>) {
        var words: [String] = []
        var texts: [String: String] = [:]
        var flags: Set<String> = []
        var rest = arguments.makeIterator()
        while let argument = rest.next() {
            switch argument {
            case "--config", "--profile", "--state-dir":
                guard let value = rest.next(), !value.hasPrefix("-") else { return nil }
                texts[argument] = value
            case "--json", "--quiet", "--verbose": flags.insert(argument)
            case let option where option.hasPrefix("-"): return nil
            default: words.append(argument)
            }
        }
        guard words.count >= 2, words[0] == "track" else { return nil }
        name = words[1]
        // Each must be set: one that was not parsed may not be read.
        global.config = texts["--config"]
        global.profile = texts["--profile"]
        global.stateDir = texts["--state-dir"]
        global.json = flags.contains("--json")
        global.quiet = flags.contains("--quiet")
        global.verbose = flags.contains("--verbose")
        options.fields = Array(words.dropFirst(2))
        options.properties = nil
        options.user = nil
        options.anonymousId = nil
        options.timestamp = nil
        options.messageId = nil
        options.dryRun = false
        options.printId = false
        options.wait = nil
    }

    func run() {
        do {
            try EventRecorder(global: global, options: options).record(.track) { event, members in
                event.event = name
                event.properties = members
            }
        } catch let code as ExitCode {
            exit(code.rawValue)
        } catch {
            Console.complain("\(error)")
            exit(CommandExit.Code.usage.rawValue)
        }
    }
}
