// SPDX-License-Identifier: MIT
import Footfall
import FootfallJSON

/// Records one event: checks it, stores it, and delivers it when `--wait` is given.
struct EventRecorder {
    let global: Globals
    let options: EventArguments
    /// The process ends as soon as the event is stored, so nothing needs to be closed.
    var endsAtOnce = false

    /// - Parameter make: Sets the fields of this type of event. It is given the properties or traits.
    func record(_ type: EventType, _ make: (inout Event, JSONObject) -> Void) throws {
        try exiting {
            var event = Event(type: type, timestamp: Timestamp(milliseconds: 0))
            make(&event, try options.members())
            try options.addContext(to: &event)
            try options.check(type)
            if let id = options.messageId { event.messageId = id }
            if let text = options.timestamp { try event.setTimestamp(text) }
            if let id = options.anonymousId { event.anonymousId = id }
            if let user = options.user { event.userId = user }
            let limit = try options.wait?.duration(of: "--wait")
            if let previous = event.previousId { try EventArguments.check("--previous", previous) }
            try record(event, waiting: limit)
        }
    }

    private func record(_ event: Event, waiting limit: Duration?) throws {
        if let problem = event.problem {
            if global.json { Console.write(Unstored(.invalid).json) }
            throw CommandExit(.badInput, problem)
        }
        let settings = try Settings(global).recording(noSession: options.noSession)
        let undone = options.dryRun ? "would not be stored" : "not stored"
        guard !StateLocation.isTrackingRefused else { return try Unstored(.optedOut).report(undone, global) }
        let client = try Client(
            settings, global, undone: options.dryRun ? undone : "nothing was stored", isRehearsal: options.dryRun,
            endsAtOnce: endsAtOnce)
        defer { if !endsAtOnce { client.close() } }
        if options.dryRun {
            switch try usingStore({ try client.analytics.rehearse(event) }) {
            case .dropped(let reason): try Unstored(reason).report(undone, global)
            case .stored(let lines):
                guard lines.allSatisfy({ $0.utf8.count <= Limits.eventBytes }) else {
                    return try Unstored(.tooLarge).report(undone, global)
                }
                show(lines)
            }
            return
        }
        // Whether an open visit or the installation gets the new identity is in the store.
        if event.type == .identify || event.type == .alias { client.analytics.lookAtStore() }
        if let unstored = try client.record(event) { return try unstored.report(undone, global) }
        if global.json {
            Console.write(JSONObject([("messageId", .string(event.messageId)), ("stored", true)]))
        } else if options.printId {
            Console.show(event.messageId)
        }
        guard let limit else { return }
        try client.deliver("the event", within: limit)
    }
}

extension EventRecorder {
    /// Prints what a dry run gave: the event on standard output, and the markers that would
    /// be stored before it as messages.
    private func show(_ lines: [String]) {
        guard let event = lines.last else { return }
        Console.write(json: event)
        guard !global.quiet else { return }
        for marker in lines.dropLast() { Console.say("also stored, before the event: \(ShownText.json(marker))") }
    }
}

extension Event {
    /// Why it is no event: a name or an id among the arguments is blank.
    fileprivate var problem: String? {
        let id = type == .identify || type == .alias ? userId : nil
        for (field, word) in [("event", event), ("name", name), ("groupId", groupId), ("userId", id)] {
            guard let word, word.isBlank else { continue }
            return "\(field): it must not be blank"
        }
        do throws(EventReader.Problem) {
            try validate()
            return nil
        } catch {
            return "\(error)"
        }
    }

    /// Sets the time that the command line gives.
    mutating func setTimestamp(_ text: String) throws {
        do throws(Timestamp.Problem) {
            timestamp = try Timestamp(reading: text)
        } catch {
            throw CommandExit(.badInput, "--timestamp: \(error.text(of: text))")
        }
        markAsPast()
    }
}
