// SPDX-License-Identifier: MIT
import ArgumentParser
import Footfall

struct Track: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "track",
        abstract: "Record an event.",
        discussion: "Example: footfall track 'Badge Scanned' room=lobby count:=3")

    @Argument(help: "The name of the event.") var name: String
    @OptionGroup var options: EventOptions
    @OptionGroup var global: GlobalOptions

    func run() throws {
        try EventRecorder(global: global.values, options: options.values).record(.track) { event, members in
            event.event = name
            event.properties = members
        }
    }
}

struct Identify: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "identify", abstract: "Record who the user is, for this and all later events.")

    @Argument(help: "The user's id.") var id: String
    @OptionGroup var options: EventOptions
    @OptionGroup var global: GlobalOptions

    func run() throws {
        try EventRecorder(global: global.values, options: options.values).record(.identify) { event, members in
            event.userId = id
            event.traits = members
        }
    }
}

struct Screen: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "screen", abstract: "Record that a screen was shown.")

    @Argument(help: "The screen's name. A first word such as key=text is a property, not the name.") var name: String?
    @OptionGroup var options: EventOptions
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let (name, options) = options.values.takingName(name)
        try EventRecorder(global: global.values, options: options).record(.screen) { event, members in
            event.name = name
            event.properties = members
        }
    }
}

struct Page: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "page", abstract: "Record that a page was shown.")

    @Argument(help: "The page's name. A first word such as key=text is a property, not the name.") var name: String?
    @OptionGroup var options: EventOptions
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let (name, options) = options.values.takingName(name)
        try EventRecorder(global: global.values, options: options).record(.page) { event, members in
            event.name = name
            event.properties = members
        }
    }
}

struct Group: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "group", abstract: "Record that the user belongs to a group.")

    @Argument(help: "The group's id.") var id: String
    @OptionGroup var options: EventOptions
    @OptionGroup var global: GlobalOptions

    func run() throws {
        try EventRecorder(global: global.values, options: options.values).record(.group) { event, members in
            event.groupId = id
            event.traits = members
        }
    }
}

struct Alias: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alias", abstract: "Record that a user has a new id.")

    @Argument(help: "The new id.") var new: String
    @Option(
        help: ArgumentHelp("The old id. (default: the identified user, otherwise the anonymousId)", valueName: "old"))
    var previous: String?
    @OptionGroup var options: EventOptions
    @OptionGroup var global: GlobalOptions

    func run() throws {
        try EventRecorder(global: global.values, options: options.values).record(.alias) { event, members in
            event.userId = new
            event.previousId = previous
            event.properties = members
        }
    }
}
