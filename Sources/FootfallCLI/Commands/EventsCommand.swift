// SPDX-License-Identifier: MIT
import ArgumentParser
import Footfall
import FootfallJSON

struct EventsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events",
        abstract: "Show the stored events: what waits for which destination, and what each of them gets.",
        subcommands: [List.self, Show.self, Tail.self], defaultSubcommand: List.self)

    /// Which events are shown.
    struct Choice: ParsableArguments {
        @Option(help: ArgumentHelp("Only events of this destination.", valueName: "name"))
        var destination: String?

        @Option(help: "Only events that wait (queued), or that a destination refused (dead).")
        var status: StoredEvents.Wanted?

        @Option(
            help: ArgumentHelp(
                "Only events since then: 10m, 2h, 3d, or a time as 2026-11-23T17:06:07Z.", valueName: "time"))
        var since: String?

        /// What is read, and throws for a destination that is neither in the store nor configured.
        func events(_ settings: Settings, limit: Int) throws -> StoredEvents.Choice {
            guard limit > 0 else { throw CommandExit(.usage, "--limit: it must be at least 1") }
            var choice = StoredEvents.Choice(limit: limit)
            (choice.destination, choice.status) = (destination, status)
            if let since {
                choice.longestAge = try Self.age(since)
                choice.choosesNewest = true
            }
            if let destination { try settings.requireKnown(destination) }
            return choice
        }

        /// Milliseconds since the time that an option names.
        private static func age(_ text: String) throws -> Int64 {
            if let duration = Duration(configured: text) { return duration.nanoseconds / 1_000_000 }
            do throws(Timestamp.Problem) {
                return max(SystemClock.system.wall().milliseconds - (try Timestamp(reading: text)).milliseconds, 0)
            } catch {
                throw CommandExit(.usage, "--since: \(error.text(of: text)), or as a duration: 10m, 2h, 3d")
            }
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "List stored events, the oldest first.",
            discussion: """
                The rows are read at one moment and printed when the store is closed. With --since the newest events are \
                chosen when there are more than --limit, otherwise the oldest.
                """)

        @OptionGroup var choice: Choice

        @Option(help: ArgumentHelp("Read at most so many events.", valueName: "count"))
        var limit = 1_000

        @OptionGroup var global: GlobalOptions

        func run() throws {
            try exiting {
                let settings = try Settings(global.values)
                let choice = try self.choice.events(settings, limit: limit)
                let list = try usingStore { try StoredEvents(settings.configuration).list(choice) }
                if global.json {
                    for row in list.rows { Console.write(row.json) }
                } else if list.rows.isEmpty {
                    Console.say(choice.isEverything ? "the store has no events" : "the store has no such events")
                } else {
                    EventsTable(list).show()
                }
                guard list.isCut, !global.quiet else { return }
                let which = choice.choosesNewest ? "newest" : "oldest"
                Console.say("these are the \(which) \(limit); there are more, which --limit shows")
            }
        }
    }

    struct Tail: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "tail",
            abstract: "Print events as they are stored, until Ctrl-C.",
            discussion: """
                The store is looked at once per --interval. An event that is stored and delivered between two looks is \
                not shown.
                """)

        @OptionGroup var choice: Choice

        @Option(
            help: ArgumentHelp("Read at most so many events per look. The first look shows ten.", valueName: "count"))
        var limit = 1_000

        @Option(help: ArgumentHelp("The time between two looks.", valueName: "duration"))
        var interval = WaitDuration(argument: "1s")

        @OptionGroup var global: GlobalOptions

        func run() throws {
            try exiting {
                let interval = try Looks.interval(self.interval, of: "--interval")
                let settings = try Settings(global.values)
                var tail = EventTail(try choice.events(settings, limit: limit))
                if !global.quiet {
                    Console.say("events that are stored and delivered between two looks are not shown")
                }
                let events = StoredEvents(settings.configuration)
                try Looks.repeated(every: interval) {
                    let list = tail.news(of: try usingStore { try events.list(tail.choice) })
                    if global.json {
                        for row in list.rows { Console.write(row.json) }
                    } else if !list.rows.isEmpty {
                        EventsTable(list, isContinued: true).show(withHeader: tail.isFirst)
                    }
                    if list.isCut, !tail.isFirst, !global.quiet {
                        Console.say("more than \(limit) events came; the others follow at the next look")
                    }
                    tail.isFirst = tail.isFirst && list.rows.isEmpty
                }
            }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show",
            abstract: "Show one event, and the body that each destination gets.",
            discussion: "An Amplitude destination maps that body when it is sent: 'footfall explain' shows the request."
        )

        @Argument(help: ArgumentHelp("The event's number, as 'footfall events' shows it.", valueName: "id"))
        var id: Int64

        @OptionGroup var global: GlobalOptions

        func run() throws {
            try exiting {
                let settings = try Settings(global.values)
                // Making a delivery opens nothing.
                let metadata = settings.destinations.enabled.filter { $0.makeDelivery()?.addsMetadata == true }
                    .map(\.name)
                let events = StoredEvents(settings.configuration)
                guard let event = try usingStore({ try events.event(id, metadata: metadata) }) else {
                    throw CommandExit(
                        .usage, "\(id): the store has no event of this number; footfall events lists those that it has")
                }
                if global.json { Console.write(event.json) } else { EventView(event).show() }
            }
        }
    }
}

extension StoredEvents.Wanted: ExpressibleByArgument {}

extension StoredEvents.Choice {
    fileprivate var isEverything: Bool { destination == nil && status == nil && longestAge == nil }
}

/// What `events tail` has shown, and what it reads next. Pure.
struct EventTail {
    private(set) var choice: StoredEvents.Choice
    private var shown: Set<Int64> = []
    /// Whether nothing was shown yet.
    var isFirst = true

    private let limit: Int

    init(_ choice: StoredEvents.Choice) {
        self.choice = choice
        limit = choice.limit
        self.choice.choosesNewest = true
        // As many as tail(1) begins with.
        self.choice.limit = min(choice.limit, 10)
    }

    /// The events of a look that were not shown before.
    mutating func news(of list: StoredEvents.List) -> StoredEvents.List {
        var news = list
        let isFirstLook = choice.choosesNewest
        (choice.longestAge, choice.limit) = (nil, limit)
        guard choice.status != .dead else {
            // An old event may become a dead letter at any time, so the newest are looked at each time.
            news.rows = list.rows.filter { shown.insert($0.id).inserted }
            return news
        }
        // The first look shows the end of what there is; later ones all that came since.
        choice.choosesNewest = false
        let read = list.isCut && !isFirstLook ? list.rows.last?.id : list.last
        choice.after = max(read ?? 0, choice.after)
        return news
    }
}
