// SPDX-License-Identifier: MIT
import ArgumentParser
import Footfall
import FootfallJSON

struct Send: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "send",
        abstract: "Store events from files or standard input, one JSON object per line.",
        discussion: """
            Each line is an event in Segment's form: {"type":"track","event":"…","properties":{…}}. Its messageId and \
            timestamp are kept. A bad line is reported on standard error and skipped. Files may be compressed with \
            gzip. When the store is full and cannot be delivered, the command stops with status 75 and names the line \
            to continue from.

            --deliver works as 'footfall flush' does: it waits for 30 seconds at most, and ends at once when nothing \
            can be delivered in that time. While that delivers something and events are left, it goes on for another \
            30 seconds.
            """)

    @Argument(help: ArgumentHelp("Files to read; - is standard input.", valueName: "file")) var files: [String] = ["-"]
    @Flag(
        help: """
            Import past events: group them into sessions by their timestamps and leave the open session alone. An \
            event that is out of order is reported, and gets the session of its time, else -1.
            """)
    var replay = false
    @Flag(help: "Stop at the first bad line, and at the first event of --replay that is out of order.") var strict =
        false
    @Flag(help: "Deliver the stored events at the end.") var deliver = false
    @Flag(
        help: """
            Follow one growing file until a signal arrives, also when it is rotated or cut short. Each whole line is \
            stored once; the next run goes on where this one stopped.
            """)
    var follow = false
    @Option(
        help: ArgumentHelp("Start at this line; lines are counted over all files. (default: 1)", valueName: "line"),
        transform: { text in
            guard let line = Int(text), line >= 1 else { throw ValidationError("it must be a whole number above 0") }
            return line
        })
    var fromLine = 1
    @Flag(help: "Record the events outside of sessions and visits.") var noSession = false
    @Flag(help: "End with status 0 whatever happens. A problem is only printed.") var bestEffort = false
    @OptionGroup var global: GlobalOptions

    func run() throws {
        try exiting {
            guard !replay || !noSession else {
                throw CommandExit(.usage, "--no-session: --replay groups events into sessions; give one of the two")
            }
            if follow { try checkFollowing() }
            let settings = try Settings(global.values).recording(noSession: noSession)
            guard !StateLocation.isTrackingRefused else {
                report(Importer.Totals())
                if !global.quiet { Console.say("nothing was read: \(Unstored(.optedOut).sentence)") }
                return
            }
            let client = try Client(settings, global.values)
            defer { client.close() }
            if follow { return try follow(client) }
            var importer = Importer(
                client: client, obstacle: settings.obstacle,
                replay: replay ? settings.sessions : nil, isStrict: strict, isQuiet: global.quiet,
                fromLine: fromLine,
                progress: Progress(isShown: Console.isTerminal && !global.quiet),
                signals: DeliveryWait.watchSignals())
            let exit = try importer.run(files)
            // Each batch was stored without waiting for the disk.
            let unsafe = exit?.code == .cannotCreate ? nil : client.analytics.store(timeout: Client.longestWait)
            report(importer.totals)
            if let unsafe {
                throw client.failed(unsafe, "the events are stored, but may not survive a power cut")
            }
            if let exit { throw exit }
            if deliver {
                try settings.requireDestination("the events are stored, but ")
                let (report, exit) = try client.flushRepeatedly(within: .seconds(30))
                client.complain(about: report)
                if let exit { throw exit }
            }
            if let unread = importer.unread { throw unread }
            if importer.totals.rejected > 0 { throw CommandExit(.badInput) }
        }
    }

    private func checkFollowing() throws {
        let others = [
            ("--replay", replay), ("--strict", strict), ("--deliver", deliver), ("--from-line", fromLine != 1),
        ]
        for (option, isGiven) in others where isGiven {
            throw CommandExit(.usage, "\(option): it cannot be used with --follow; leave out one of the two")
        }
        guard files.count == 1, files[0] != "-" else {
            throw CommandExit(.usage, "--follow: name one file; footfall send reads a pipe without it")
        }
    }

    private func follow(_ client: Client) throws {
        let path = try Follower.absolute(files[0])
        let signals = DeliveryWait.watchSignals()
        // Makes the store, where the lock is.
        try client.commit()
        let lock = try FollowLock(path, in: client.analytics.stateDirectory)
        var follower = Follower(path, client: client, signals: signals)
        try withExtendedLifetime(lock) { try follower.run() }
        try client.commit(undone: "the events are stored, but may not survive a power cut")
        report(follower.totals)
    }

    private func report(_ totals: Importer.Totals) {
        var totals = totals
        if totals.stored == 0 { totals.sessions = 0 }
        let replayed = replay ? ", unordered \(totals.unordered), \(counted(totals.sessions, "session"))" : ""
        let unstored = totals.unstored.sorted { $0.key.rawValue < $1.key.rawValue }
        var object: JSONObject = [
            "read": .int(totals.read), "stored": .int(totals.stored), "rejected": .int(totals.rejected),
            "unordered": .int(totals.unordered), "sessions": .int(totals.sessions),
        ]
        if !unstored.isEmpty {
            object["notStored"] = .object(JSONObject(unstored.map { ($0.key.rawValue, .int($0.value)) }))
        }
        let reasons = unstored.map { ", not stored \($0.value) (\($0.key.rawValue))" }.joined()
        global.values.report(
            object, "read \(totals.read), stored \(totals.stored)\(reasons), rejected \(totals.rejected)\(replayed)")
        guard !global.quiet, !global.json else { return }
        for (reason, count) in unstored {
            Console.say("not stored: \(counted(count, "event")): \(Unstored(reason).sentence(for: count))")
        }
    }
}
