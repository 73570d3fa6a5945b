// SPDX-License-Identifier: MIT
#if !FOOTFALL_PLAIN
    import ArgumentParser
#endif
import Footfall
import Glibc

/// `footfall track NAME [k=v …]` with nothing but global options, read without ArgumentParser.
///
/// Scripts run the command in this form for each event, and ArgumentParser takes more
/// than half of the time of such a run, because it inspects its types by reflection. This
/// reader accepts only what ArgumentParser reads the same way, and leaves everything else,
/// including help and errors, to it.
struct PlainTrack {
    private var global = Globals()
    private var options = EventArguments()
    private var isBestEffort = false
    private let name: String

    /// `nil` when ArgumentParser has to read the arguments.
    init?(_ arguments: some Sequence<String>) {
        var words: [String] = []
        var rest = arguments.makeIterator()
        while let argument = rest.next() {
            switch argument {
            case "--config", "--profile", "--state-dir":
                guard let value = rest.next(), !value.hasPrefix("-") else { return nil }
                if argument == "--config" { global.config = value }
                if argument == "--profile" { global.profile = value }
                if argument == "--state-dir" { global.stateDir = value }
            case "--json": global.json = true
            case "--quiet": global.quiet = true
            case "--verbose": global.verbose = true
            case "--best-effort": isBestEffort = true
            default:
                guard !argument.hasPrefix("-") else { return nil }
                words.append(argument)
            }
        }
        guard words.count >= 2, words[0] == "track" else { return nil }
        name = words[1]
        options.fields = Array(words.dropFirst(2))
    }

    /// Records the event and ends the process. The kernel closes the files.
    func run() -> Never {
        do {
            try EventRecorder(global: global, options: options, endsAtOnce: true).record(.track) { event, members in
                event.event = name
                event.properties = members
            }
            _exit(0)
        } catch let code as ExitCode {
            _exit(isBestEffort ? 0 : code.rawValue)
        } catch {
            Console.complain("\(error)")
            _exit(isBestEffort ? 0 : CommandExit.Code.usage.rawValue)
        }
    }
}
