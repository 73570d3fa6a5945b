// SPDX-License-Identifier: MIT
import ArgumentParser
import Footfall

/// What all commands take that record one event.
struct EventOptions: ParsableArguments {
    @Argument(help: ArgumentHelp("Properties or traits: k=v is a text, k:=json is typed.", valueName: "k=v"))
    var fields: [String] = []

    @Option(
        name: [.customLong("properties"), .customLong("traits")],
        help: ArgumentHelp("A JSON object of properties or traits; k=v goes over it.", valueName: "json"))
    var properties: String?

    @Option(help: ArgumentHelp("The user of this event, instead of the identified one.", valueName: "id"))
    var user: String?

    @Option(help: ArgumentHelp("The anonymousId of this event.", valueName: "id"))
    var anonymousId: String?

    @Option(help: ArgumentHelp("When it happened, in ISO 8601; such an event opens no session.", valueName: "time"))
    var timestamp: String?

    @Option(help: ArgumentHelp("An id by which servers recognise the event if it comes twice.", valueName: "id"))
    var messageId: String?

    @Flag(help: "Print the event as it would be stored, and store nothing.")
    var dryRun = false

    @Flag(help: "Print the messageId when the event is stored.")
    var printId = false

    @Option(
        defaultAsFlag: 5,
        help: ArgumentHelp("Deliver, and wait for it (--wait, or --wait=SECONDS).", valueName: "seconds"))
    var wait: Int?

    /// What they say, without the parser's wrappers.
    var values: EventArguments {
        EventArguments(
            fields: fields, properties: properties, user: user, anonymousId: anonymousId, timestamp: timestamp,
            messageId: messageId, dryRun: dryRun, printId: printId, wait: wait)
    }
}
