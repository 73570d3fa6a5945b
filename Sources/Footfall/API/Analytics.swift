// SPDX-License-Identifier: MIT
import FootfallStore

/// An analytics client: takes events from any thread, keeps them in SQLite, and
/// delivers them to its destinations.
///
/// ```swift
/// let analytics = Analytics(configuration: Configuration(writeKey: "WRITE_KEY"))
/// analytics.add(plugin: SegmentDestination())
/// analytics.track(name: "Order Completed", properties: ["total": 59.90])
/// ```
///
/// No call waits for a disk's sync or the network, throws or traps, but those
/// that say so. It needs no run loop and no queue of the host. When it is
/// released, what was called is stored and its threads end.
public final class Analytics: Sendable {
    let runtime: Runtime

    /// Makes a client. It reads one small file; everything else is opened by
    /// its own thread, when the first call is made.
    public convenience init(configuration: Configuration) {
        self.init(configuration: configuration, usesSpool: configuration.durability.usesSpool)
    }

    /// - Parameters:
    ///   - usesSpool: false for a process that waits for each commit anyway.
    ///   - runsInline: The pipeline has no thread of its own: ``store(timeout:)``
    ///     does its work. For a process that stores one event and ends; starting
    ///     and waking a thread takes as long as the transaction.
    package init(configuration: Configuration, usesSpool: Bool, runsInline: Bool = false) {
        runtime = Runtime(configuration, usesSpool: usesSpool, runsInline: runsInline)
        runtime.analytics = self
    }

    deinit {
        // The thread ends itself when what was called is stored.
        runtime.uploader.stop()
        runtime.mailbox.post(.close(Reply<Bool>()))
    }

    /// Where the client keeps its files.
    package var stateDirectory: StateDirectory { runtime.directory }

    /// The configuration it was made with.
    public var configuration: Configuration { runtime.configuration }
}

// MARK: - Events

extension Analytics {
    /// Records that something happened.
    ///
    /// When it returns, the event survives the death of the process; with
    /// ``Durability/immediate`` also a power cut. From any thread.
    ///
    /// - Parameters:
    ///   - name: What happened, as `Order Completed`. Not empty.
    ///   - properties: At most 32 KiB with the rest of the event.
    ///   - options: Changes this call only; see ``CallOptions``.
    ///   - enrichments: Change this event only, after the plugins. Such an event
    ///     cannot be kept in the spool: it is `.deferred`.
    public func track(
        name: String, properties: JSONObject = [:], options: CallOptions? = nil,
        enrichments: [EnrichmentClosure] = []
    ) {
        var event = Event(type: .track, identifier: .unassigned)
        event.event = name
        event.properties = properties
        post(event, options, enrichments)
    }

    /// Says who the user is. It stays so over restarts.
    ///
    /// - Parameters:
    ///   - userId: `nil` adds traits to the user there is, or to the anonymous one.
    ///   - traits: Put over the traits of the same user; another user's are forgotten.
    ///   - options: Changes this call only; see ``CallOptions``.
    ///   - enrichments: Change this event only, after the plugins.
    public func identify(
        userId: String? = nil, traits: JSONObject = [:], options: CallOptions? = nil,
        enrichments: [EnrichmentClosure] = []
    ) {
        var event = Event(type: .identify, identifier: .unassigned)
        event.userId = userId
        event.traits = traits
        post(event, options, enrichments, options?.timestamp == nil ? .identify : .none)
    }

    /// Records that a screen was shown.
    public func screen(
        title: String, category: String? = nil, properties: JSONObject = [:], options: CallOptions? = nil,
        enrichments: [EnrichmentClosure] = []
    ) {
        view(.screen, title, category, properties, options, enrichments)
    }

    /// Records that a page was shown.
    public func page(
        title: String, category: String? = nil, properties: JSONObject = [:], options: CallOptions? = nil,
        enrichments: [EnrichmentClosure] = []
    ) {
        view(.page, title, category, properties, options, enrichments)
    }

    private func view(
        _ type: EventType, _ title: String, _ category: String?, _ properties: JSONObject, _ options: CallOptions?,
        _ enrichments: [EnrichmentClosure]
    ) {
        var event = Event(type: type, identifier: .unassigned)
        event.name = title
        event.category = category
        event.properties = properties
        post(event, options, enrichments)
    }

    /// Says which group the user belongs to.
    public func group(
        groupId: String, traits: JSONObject = [:], options: CallOptions? = nil, enrichments: [EnrichmentClosure] = []
    ) {
        var event = Event(type: .group, identifier: .unassigned)
        event.groupId = groupId
        event.traits = traits
        post(event, options, enrichments)
    }

    /// Says that the user has a new id. `previousId` is the one so far, or the
    /// anonymous one, unless given.
    public func alias(
        newId: String, previousId: String? = nil, options: CallOptions? = nil, enrichments: [EnrichmentClosure] = []
    ) {
        var event = Event(type: .alias, identifier: .unassigned)
        event.userId = newId
        event.previousId = previousId
        post(event, options, enrichments, options?.timestamp == nil ? .alias : .none)
    }

    /// Tracks an event that a plugin or a tool made itself. What it lacks of
    /// `messageId`, identity and time is filled in.
    public func process(_ event: Event, enrichments: [EnrichmentClosure] = []) {
        let change: PostOptions.IdentityChange =
            event.hasGivenTimestamp
            ? .none : event.type == .identify ? .identify : event.type == .alias ? .alias : .none
        post(event, nil, enrichments, change)
    }

    private func post(
        _ event: consuming Event, _ options: CallOptions?, _ enrichments: [EnrichmentClosure],
        _ change: PostOptions.IdentityChange = .none
    ) {
        var call = PostOptions()
        call.durability = configuration.durability
        call.closures = enrichments
        call.change = change
        call.overridesAnonymousId = !event.anonymousId.isEmpty
        if let options { options.apply(to: &event, &call) }
        if runtime.configuration.role == .command { call.linger = .zero }
        // An identity that no destination would hear of is not taken over either.
        if change != .none, EventSize.isTooLarge(event) {
            runtime.mailbox.countDrop(.tooLarge)
            return runtime.report(EventSize.problem(event.type.rawValue))
        }
        do throws(EventReader.Problem) {
            try event.checkNames()
        } catch {
            runtime.mailbox.countDrop(.invalid)
            runtime.report(FootfallError(.invalidEvent, "an event was not taken: \(error)", underlying: error))
            return
        }
        let isImmediate = call.durability == .immediate
        runtime.post(consume event, call)
        // A plugin would wait for itself.
        guard isImmediate, !runtime.isOnPipelineThread else { return }
        if let problem = store(timeout: Limits.immediateWait) { runtime.report(problem) }
    }
}

extension CallOptions {
    func apply(to event: inout Event, _ call: inout PostOptions) {
        if let timestamp {
            event.timestamp = timestamp
            event.hasGivenTimestamp = true
        }
        if let messageId { event.messageId = messageId }
        if let anonymousId {
            event.anonymousId = anonymousId
            call.overridesAnonymousId = true
        }
        if let userId, event.type != .identify, event.type != .alias { event.userId = userId }
        if !context.isEmpty { event.context = context }
        if !integrations.isEmpty { event.integrations = integrations }
        if let priority { event.priority = priority }
        if let durability { call.durability = durability }
    }
}

// MARK: - Identity

extension Analytics {
    /// Forgets the user: a new anonymousId, no userId, no traits. What was
    /// called before keeps the old ones.
    public func reset() {
        guard !runtime.isSilent else { return }
        runtime.ensureStarted()
        runtime.mailbox.reset()
        if runtime.mailboxUsesSpool { runtime.writeIdentityFile() }
    }

    /// The id of this installation, until a reset.
    public var anonymousId: String { runtime.mailbox.currentIdentity.anonymousId }

    /// The user's id, when one was given.
    public var userId: String? { runtime.mailbox.currentIdentity.userId }

    /// The user's traits.
    public var traits: JSONObject { runtime.mailbox.currentIdentity.traits }

    /// The session that the last stored event belongs to: milliseconds since
    /// 1970; `nil` without one, or without a session plugin.
    public var sessionId: Int64? { runtime.statistics.sessionId }

    /// Ends the session; the next event opens another. Nothing without a session
    /// plugin. From any thread; what was called before belongs to the old one.
    public func endSession() { runtime.post(session: .end) }

    /// Ends the session, if one is open, and begins another at once. Nothing
    /// without a session plugin. From any thread.
    public func startNewSession() { runtime.post(session: .new) }

    /// Tells the host of a problem, by its error handler. For plugins.
    public func report(_ error: FootfallError) { runtime.report(error) }

    /// Shows the session to the host, as ``sessionId``; `nil` when none is open.
    @_spi(Sessions)
    public func publish(sessionId: Int64?) { runtime.statistics.sessionId = sessionId }

    /// What happened since the client was made. It runs behind the calls by the
    /// time that storing takes.
    public var counters: Counters { runtime.statistics.current }
}

// MARK: - Plugins

extension Analytics {
    /// Adds a plugin behind those of its type. It takes the plugin over; the
    /// handle is the way to it.
    ///
    /// Events that were called before do not see it.
    @discardableResult
    public func add<P: Plugin>(plugin: sending P) -> PluginHandle<P> {
        PluginHandle(id: runtime.addPlugin(plugin), runtime: runtime)
    }

    /// Adds a plugin whose type is only known at run time.
    // Disfavoured: otherwise `add(plugin: Counter())` gives a handle of `any Plugin`, which reads nothing.
    @_disfavoredOverload
    @discardableResult
    public func add(plugin: sending any Plugin) -> PluginHandle<any Plugin> {
        PluginHandle(id: runtime.addPlugin(plugin), runtime: runtime)
    }

    /// Adds a closure that sees every event, as an enrichment.
    @discardableResult
    public func add(enrichment: @escaping EnrichmentClosure) -> PluginHandle<any Plugin> {
        PluginHandle(id: runtime.addPlugin(ClosureEnrichment(enrichment)), runtime: runtime)
    }

    /// Removes a plugin; it is shut down after the events called before.
    public func remove<P>(_ handle: PluginHandle<P>) { handle.remove() }

    /// The first plugin of a type, or of one that inherits from it.
    public func find<P: Plugin>(_ type: P.Type) -> PluginHandle<P>? { findAll(type).first }

    /// All plugins of a type, in the order they were added.
    public func findAll<P: Plugin>(_ type: P.Type) -> [PluginHandle<P>] { runtime.findPlugins(type) }
}

/// An enrichment that is a closure.
final class ClosureEnrichment: Plugin {
    let type = PluginType.enrichment
    private let closure: EnrichmentClosure

    init(_ closure: @escaping EnrichmentClosure) { self.closure = closure }

    func execute(_ event: inout Event) -> Verdict { closure(&event) }
}

// MARK: - Flush and close

extension Analytics {
    /// Stores what was called, safe from a power cut, and begins to deliver all
    /// there is. Returns at once.
    public func flush() { runtime.post(.flush(nil, delivers: true)) }

    /// As ``flush()``, and waits until everything is delivered, nothing more can
    /// be done now, or the time is over. Not from a plugin.
    public func flush(timeout: Duration) -> FlushReport {
        guard !runtime.isOnPipelineThread else {
            let error = FootfallError(.wouldDeadlock, "flush(timeout:) was called from a plugin; call flush() there")
            runtime.report(error)
            return FlushReport(problem: error.message)
        }
        let begin = runtime.configuration.clock.boot()
        guard !runtime.isSilent else { return FlushReport() }
        // What takes longer than that is in the spool; the numbers are told all the same.
        if let error = store(timeout: timeout), error != .overdue { return FlushReport(problem: error.message) }
        let left = max(timeout - .nanoseconds(runtime.configuration.clock.boot() - begin), .zero)
        // It answers in time; a second more for a busy machine.
        let answer = runtime.uploader.flush(within: left).wait(atMost: left + .seconds(1))
        return answer ?? FlushReport(problem: "the uploader did not answer within \(timeout)")
    }

    /// Waits until what was called is stored, safe from a power cut; why not,
    /// if so. Not from a plugin.
    package func store(timeout: Duration) -> FootfallError? {
        let reply = Reply<FootfallError?>()
        guard runtime.post(.flush(reply, delivers: false)) else {
            return runtime.isSilent ? nil : runtime.isSpoolOnly ? .spoolOnly : .closed
        }
        if runtime.runsInline { runtime.pipeline.run(for: timeout) { reply.current != nil } }
        guard let answer = reply.wait(atMost: runtime.runsInline ? .zero : timeout) else {
            return .overdue
        }
        return answer
    }

    /// Looks at what other processes did to the session and the visit, before a
    /// call that is to be stamped by it. Not from a plugin.
    package func lookAtStore() {
        runtime.post(.look)
        _ = store(timeout: .seconds(30))
    }

    /// Stores a batch past the spool, without making room at the cap, and waits.
    package func store(_ events: sending [Event]) -> BatchReport {
        let reply = Reply<BatchReport>()
        var report = BatchReport()
        let stamped = runtime.mailbox.stamp(events)
        guard runtime.post(.store(stamped, reply)), let answer = reply.wait() else {
            report.error = FootfallError(.storeUnavailable, "the client is closed")
            return report
        }
        return answer
    }

    /// Runs an event through the chain without storing it: what would be stored,
    /// session markers first.
    package func rehearse(_ event: Event) -> [String] {
        let reply = Reply<[String]>()
        let stamped = runtime.mailbox.stamp([event], isOwn: true)
        guard runtime.post(.rehearse(stamped[0], reply)) else { return [] }
        return reply.wait() ?? []
    }

    /// Stores what was called and ends the client's threads; waits for that, at
    /// most so long. Nothing is lost by a time that is too short: what is not
    /// stored is in the spool, and the next start takes it up.
    @discardableResult
    public func close(timeout: Duration = .seconds(2)) -> Bool { runtime.close(within: timeout) }
}
