// SPDX-License-Identifier: MIT
import ArgumentParser
import CSystem
import Footfall
import FootfallJSON
import Glibc

struct Send: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "send",
        abstract: "Store events from files or standard input, one JSON object a line.",
        discussion: """
            Each line is an event as Segment writes it: {"type":"track","event":"…","properties":{…}}. Its messageId \
            and timestamp are kept. Bad lines are named on standard error, and the rest goes on. When the store is \
            full and cannot be delivered, it stops with status 75 and names the last line that is stored.
            """)

    @Argument(help: ArgumentHelp("Files; - is standard input.", valueName: "file")) var files: [String] = ["-"]
    @Flag(help: "Treat the input as history: cut sessions by the events' own times, and leave the live session alone.")
    var replay = false
    @Flag(help: "Stop at the first bad line.") var strict = false
    @Flag(help: "Deliver what is stored, at the end.") var deliver = false
    @Option(help: ArgumentHelp("Begin at this line of the input; the first is 1.", valueName: "line"))
    var fromLine = 1
    @OptionGroup var global: GlobalOptions

    func run() throws {
        try exiting {
            guard fromLine >= 1 else { throw CommandExit(.usage, "--from-line: the first line is 1") }
            let settings = try Settings(global.values)
            guard !Client.isSilent else { return report(Importer.Totals()) }
            let client = try Client(settings, global.values)
            defer { client.close() }
            var importer = Importer(
                client: client, canDeliver: try !settings.destinations().isEmpty,
                replay: replay ? settings.sessions : nil, isStrict: strict, fromLine: fromLine,
                progress: Progress(isShown: Console.isTerminal && !global.quiet),
                signals: footfall_signals_watch([SIGTERM, SIGINT, SIGHUP], 3))
            var exit: CommandExit?
            do {
                for file in files {
                    do {
                        try importer.read(file)
                    } catch let unread as CommandExit where unread.code == .usage {
                        // The others can be read.
                        importer.progress.clear()
                        if let message = unread.message { Console.complain(message) }
                        exit = CommandExit(.usage)
                    }
                }
                try importer.finish()
            } catch let stop as CommandExit {
                exit = stop
                importer.progress.clear()
            } catch let interruption as LineReader.Interrupted {
                importer.progress.clear()
                try importer.store()
                exit = importer.stopped(by: interruption)
            }
            if exit?.code != .cannotCreate { try client.commit() }
            report(importer.totals)
            if let exit { throw exit }
            // From here on a signal ends it: what is stored is stored.
            footfall_signals_unwatch([SIGTERM, SIGINT, SIGHUP], 3)
            if deliver, let exit = try client.flush(within: .seconds(3_600)).exit { throw exit }
            if importer.totals.rejected > 0 { throw CommandExit(.badInput) }
        }
    }

    private func report(_ totals: Importer.Totals) {
        if global.json {
            Console.write(
                JSONObject([
                    ("read", .int(totals.read)), ("stored", .int(totals.stored)), ("rejected", .int(totals.rejected)),
                    ("sessions", .int(totals.sessions)),
                ]))
        } else if !global.quiet {
            let sessions = replay ? ", \(counted(totals.sessions, "session"))" : ""
            Console.say("read \(totals.read), stored \(totals.stored), rejected \(totals.rejected)\(sessions)")
        }
    }
}

/// A line on a terminal that tells how far it is.
struct Progress {
    let isShown: Bool
    private var shownAt: ContinuousClock.Instant?

    init(isShown: Bool) { self.isShown = isShown }

    mutating func show(_ line: @autoclosure () -> String) {
        guard isShown else { return }
        let now = ContinuousClock.now
        if let shownAt, now - shownAt < .milliseconds(200) { return }
        shownAt = now
        Console.progress(line())
    }

    mutating func clear() {
        guard shownAt != nil else { return }
        shownAt = nil
        Console.progress("")
    }
}
