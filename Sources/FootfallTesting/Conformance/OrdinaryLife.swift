// SPDX-License-Identifier: MIT
import Footfall

/// A plugin in a client that is used and then goes on without the plugin.
final class OrdinaryLife<P: Plugin> {
    private let client: ScratchClient
    private let watch = Observations()
    private let handle: PluginHandle<P>
    private let kind: PluginKind
    private var findings: Findings

    /// So many events are more than a plugin needs to remember.
    private static var tracedEvents: Int { 200 }

    init(_ plugin: sending P, _ kind: PluginKind, _ configuration: (Configuration) -> Configuration) {
        self.kind = kind
        findings = Findings(of: kind.name)
        client = ScratchClient(configuration: configuration)
        client.analytics.add(plugin: Arrivals(watch))
        kind.addProbe(.front, to: client.analytics, watch)
        handle = client.analytics.add(plugin: plugin)
        kind.addProbe(.back, to: client.analytics, watch)
    }

    /// Lives, and tells what was found.
    func run() -> Findings {
        guard isGreeted() else { return findings }
        SampleCalls.make(on: client.analytics)
        client.analytics.flush()
        guard comesToRest() else {
            handle.remove()
            return findings
        }
        guard keepsNoEvents() else { return findings }
        if kind.type == .after { lookAtStoredEvents() }
        guard leaves() else { return findings }
        lookAtEvents()
        lookAtErrors()
        return findings
    }

    // MARK: - Steps

    /// The first event, by which the client starts.
    private func isGreeted() -> Bool {
        client.analytics.track(name: "Conformance Greeting")
        guard settles(), !isSlow() else { return false }
        if client.analytics.findAll(P.self).isEmpty {
            let why = client.errors.map(\.message).last ?? "the client did not say why"
            findings.add(.canBeAdded, "is not taken by a client (\(why))", cure: "do what the message says")
            return false
        }
        // A plugin that gets nothing would break no rule.
        guard watch.current.arrivals > 0 else {
            findings.add(
                .canBeAdded, "got no event, because the client records nothing",
                cure: "run the tests without DO_NOT_TRACK in the environment")
            return false
        }
        return true
    }

    private func keepsNoEvents() -> Bool {
        guard var held = countKept() else { return false }
        if held > Self.tracedEvents / 2 {
            // A plugin may hand its events to a thread of its own, which is done with them soon.
            guard let later = countKept(after: Patience.moment) else { return false }
            held = later
        }
        if held > Self.tracedEvents / 2 {
            findings.add(
                .keepsNoEvents, "keeps events: \(held) of \(Self.tracedEvents) were in memory after they were stored",
                cure: "copy the values that you need, and bound how many you keep")
        }
        // Some may be kept for a while, but not over a reset.
        var late = Tracer()
        for _ in 0..<3 { trace(late.next()) }
        client.analytics.reset()
        client.analytics.flush()
        guard comesToRest(), !isSlow() else { return false }
        if late.countHeld() > 0 {
            findings.add(
                .keepsNoEvents, "keeps an event after reset(), with the data of a user who left",
                cure: "copy the values that you need, or let go of the event in EventPlugin.reset()")
        }
        return true
    }

    /// How many of the next events are in memory when they are stored, or a while later; `nil` if the plugin is slow.
    private func countKept(after pause: Duration = .zero) -> Int? {
        var tracer = Tracer()
        for _ in 0..<Self.tracedEvents { trace(tracer.next()) }
        guard comesToRest(), !isSlow() else { return nil }
        if pause > .zero { _ = Patience.wait(atMost: pause) { false } }
        return tracer.countHeld()
    }

    private func trace(_ value: JSONObject) {
        client.analytics.track(
            name: "Conformance Traced", properties: ["traced": .object(value)],
            options: CallOptions(context: ["traced": .object(value)]))
    }

    /// The plugin is removed; the client goes on.
    private func leaves() -> Bool {
        let arrivals = watch.current.arrivals
        watch.begin("shutdown()")
        handle.remove()
        guard settles() else { return false }
        watch.end()
        guard settles(), settles() else { return false }
        if watch.current.arrivals > arrivals {
            findings.add(
                .isSilentInShutdown, "tracks an event in shutdown(): a client that is being closed does not take it",
                cure: "track it when it happens, or in application(_:at:) of ApplicationPlugin")
        }
        return !isSlow()
    }

    // MARK: - Findings

    private func lookAtEvents() {
        let seen = watch.current
        if let change = seen.change {
            findings.add(
                .keepsIdentity, "changes \(change)",
                cure: "leave messageId, type, timestamp and anonymousId as they are; put what is new into context")
        }
        if kind.type != .utility, !kind.isDestination, seen.entries > 0, seen.exits == 0 {
            findings.add(
                .letsEventsPass, "drops all \(seen.entries) events of the suite",
                cure: "return .keep for events that it does not know; if it must drop them, leave this rule out")
        }
    }

    /// Shows the plugin an event as a client does: it gets a copy, and what it returns is not used.
    private func lookAtStoredEvents() {
        let what: String?? = handle.read { plugin in
            var event = Event(type: .track, timestamp: Timestamp(milliseconds: 1_700_000_000_000))
            event.event = "Conformance Stored"
            let before = event.jsonText
            if plugin.execute(&event) == .drop { return "drops" }
            return event.jsonText == before ? nil : "changes"
        }
        guard let what = what ?? nil else { return }
        findings.add(
            .leavesStoredEvents, "is of the type after and \(what) events, which has no effect: they are stored",
            cure: "make its type enrichment, or only look")
    }

    private func lookAtErrors() {
        let errors = client.errors
        if errors.contains(where: { $0.code == .wouldDeadlock }) {
            findings.add(
                .callsNothingThatWaits, "calls flush(timeout:) or another call that waits for the plugin's own thread",
                cure: "call flush(), which returns at once")
        }
        let dropped = client.analytics.counters.dropped
        if let problem = errors.first(where: { $0.code == .invalidEvent }) {
            findings.add(
                .keepsEventsValid, "makes events that are not stored (\(problem.message))",
                cure: "keep the fields that the type needs")
        } else if dropped[.tooLarge] != nil {
            findings.add(
                .keepsEventsValid, "makes events of more than 32 KiB, which are not stored",
                cure: "add less to each event")
        }
    }

    /// Waits until what was called is stored. False: the plugin does not return.
    private func settles() -> Bool {
        guard client.analytics.store(timeout: Patience.forEver) == .overdue else { return true }
        findings.neverReturned = true
        let limit = Patience.forEver.components.seconds
        if let method = watch.current.method, Patience.now - method.since > Patience.method.nanoseconds {
            findings.add(
                .returnsSoon, "needs more than \(limit) s for \(method.name); no event is stored meanwhile",
                cure: PluginConformance.cureOfWaiting)
        } else {
            findings.add(
                .returnsSoon, "needs more than \(limit) s for \(counted(Self.tracedEvents, "event")) or fewer",
                cure: PluginConformance.cureOfWaiting)
        }
        return false
    }

    /// Whether a method took too long.
    private func isSlow() -> Bool { findings.addSlowest(of: watch) }

    /// Waits until no event comes any more. False: they do not end, or the plugin does not return.
    private func comesToRest() -> Bool {
        var last = -1
        for _ in 0..<50 {
            guard settles() else { return false }
            let arrivals = watch.current.arrivals
            if arrivals == last { return true }
            if arrivals > 5_000 { break }
            last = arrivals
        }
        findings.add(
            .comesToRest, "answers its own events with further ones, without end",
            cure: "look at the event's name before you track another")
        return false
    }
}

extension Findings {
    /// - Returns: whether a method took too long.
    mutating func addSlowest(of watch: Observations) -> Bool {
        guard let slowest = watch.current.slowest, slowest.took > Patience.method.nanoseconds else { return false }
        let seconds = Double(slowest.took / 100_000_000) / 10
        add(
            .returnsSoon, "took \(seconds) s for \(slowest.name); no event is stored meanwhile",
            cure: PluginConformance.cureOfWaiting)
        return true
    }
}
