// SPDX-License-Identifier: MIT
import Footfall

/// An event that is not stored, and why: what the command prints, and how it ends.
struct Unstored {
    let reason: DropReason

    init(_ reason: DropReason) { self.reason = reason }

    /// The reason and the cure, for people.
    var sentence: String {
        switch reason {
        case .optedOut where StateLocation.isTrackingRefused: "DO_NOT_TRACK is set; unset it to record events"
        case .optedOut: "the user opted out; footfall opt-in records again"
        case .forgotten: "another program forgot the user meanwhile; record the event again"
        case .unrouted: "its integrations refuse every destination"
        case .plugin: "a plugin dropped it"
        case .tooLarge: "the event is larger than 32 KiB with its context; send less"
        case .invalid: "the event is invalid"
        case DropReason(rawValue: "held"): "it waits for a program that knows the plugins of the configuration"
        default: reason.rawValue
        }
    }

    /// ``sentence`` about several events.
    func sentence(for count: Int64) -> String {
        guard count != 1 else { return sentence }
        return switch reason {
        case .forgotten: "another program forgot the user meanwhile; record the events again"
        case .unrouted: "their integrations refuse every destination"
        case .plugin: "a plugin dropped them"
        case DropReason(rawValue: "held"): "they wait for a program that knows the plugins of the configuration"
        default: sentence
        }
    }

    /// Prints the result: an object on standard output with `--json`, otherwise a line on
    /// standard error. Throws when the event is at fault: an event that is not wanted is no
    /// error.
    ///
    /// - Parameter what: What is not done, as `not stored`.
    func report(_ what: String, _ global: Globals) throws {
        let isFault = reason == .tooLarge || reason == .invalid
        if global.json { Console.write(json) }
        guard !isFault else { throw CommandExit(.badInput, "\(what): \(sentence)") }
        if !global.json, !global.quiet { Console.say("\(what): \(sentence)") }
    }

    /// Prints that a session, a visit or a user was not changed; with `--json` that none has an id.
    func report(change what: String, _ global: Globals) {
        global.report(["id": .null, "reason": .string(reason.rawValue)], "\(what): \(sentence)")
    }

    var json: JSONObject { ["stored": false, "reason": .string(reason.rawValue)] }
}
