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
            if let id = options.messageId {
                guard !id.isEmpty else { throw CommandExit(.usage, "--message-id: it must not be empty") }
                event.messageId = id
            }
            if let text = options.timestamp { try event.setTimestamp(text) }
            if let id = options.anonymousId { event.anonymousId = id }
            if let user = options.user, type != .identify, type != .alias { event.userId = user }
            let limit = try options.wait?.duration(of: "--wait")
            if event.previousId?.isEmpty == true { throw CommandExit(.usage, "--previous: it must not be empty") }
            try record(event, waiting: limit)
        }
    }

    private func record(_ event: Event, waiting limit: Duration?) throws {
        do {
            try event.validate()
        } catch {
            throw CommandExit(.badInput, "\(error)")
        }
        let settings = try Settings(global).recording(noSession: options.noSession)
        let client = try Client(settings, global, isRehearsal: options.dryRun, endsAtOnce: endsAtOnce)
        defer { if !endsAtOnce { client.close() } }
        if options.dryRun {
            let lines = client.analytics.rehearse(event)
            guard lines.allSatisfy({ $0.utf8.count <= Limits.eventBytes }) else {
                throw CommandExit(.badInput, "the event is larger than 32 KiB and would not be stored; send less")
            }
            return show(lines)
        }
        guard !StateLocation.isTrackingRefused else { return }
        // Whether an open visit or the installation gets the new identity is in the store.
        if event.type == .identify || event.type == .alias { client.analytics.lookAtStore() }
        client.analytics.process(event)
        try client.commitSingleEvent()
        if global.json {
            Console.write(JSONObject([("messageId", .string(event.messageId)), ("stored", true)]))
        } else if options.printId {
            Console.show(event.messageId)
        }
        guard let limit else { return }
        let (report, exit) = try client.flush(within: limit)
        if let exit { throw exit }
        if report.dropped > 0 {
            throw CommandExit(
                .unavailable, "refused \(counted(report.dropped, "event")); footfall status names the destination")
        }
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
