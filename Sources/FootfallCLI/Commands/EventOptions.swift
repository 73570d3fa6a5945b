// SPDX-License-Identifier: MIT
import ArgumentParser
import Footfall

/// The options of every command that records one event.
struct EventOptions: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            """
            Properties or traits: k=v for a text, k:=json for a number, true, false, null, list or object, k=@FILE and \
            k:=@FILE for the content of a file; a[b]=c for a member inside, a[]=c for an element.
            """,
            valueName: "k=v"))
    var fields: [String] = []

    @Option(
        name: [.customLong("properties"), .customLong("traits")],
        help: ArgumentHelp(
            """
            A JSON object with properties or traits; @FILE reads it from a file, - from standard input. A k=v replaces \
            a key of the same name.
            """, valueName: "json"))
    var properties: String?

    @Option(
        help: ArgumentHelp(
            "Add to the event's context, written as properties are. May be given several times.", valueName: "k=v"))
    var context: [String] = []

    @Option(
        help: ArgumentHelp(
            "The userId of this event; not with identify and alias. (default: the identified user)", valueName: "id"))
    var user: String?

    @Option(help: ArgumentHelp("The anonymousId of this event. (default: the current anonymousId)", valueName: "id"))
    var anonymousId: String?

    @Option(
        help: ArgumentHelp(
            "When the event happened, in ISO 8601. Such an event starts no session. (default: now)", valueName: "time"))
    var timestamp: String?

    @Option(
        help: ArgumentHelp("The id by which servers recognise duplicates. (default: a random UUID)", valueName: "id"))
    var messageId: String?

    @Flag(
        help: "Record the event outside of sessions and visits. FOOTFALL_SESSION=off does so for a whole script.")
    var noSession = false

    @Flag(help: "Print the event as it would be stored, and do not store it.")
    var dryRun = false

    @Flag(help: "Print the messageId once the event is stored.")
    var printId = false

    @Flag(help: "End with status 0 whatever happens. A problem is only printed.") var bestEffort = false

    @Option(
        defaultAsFlag: WaitDuration(argument: "5s"),
        help: ArgumentHelp(
            "Also deliver the event. Wait for at most this time, given as --wait=DURATION.",
            valueName: "duration"))
    var wait: WaitDuration?

    /// The values without the parser's property wrappers.
    var values: EventArguments {
        EventArguments(
            fields: fields, properties: properties, context: context, user: user, anonymousId: anonymousId,
            timestamp: timestamp, messageId: messageId, noSession: noSession, dryRun: dryRun, printId: printId,
            wait: wait)
    }
}
