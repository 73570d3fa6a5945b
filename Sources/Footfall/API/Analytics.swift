// SPDX-License-Identifier: MIT
import FootfallStore

/// An analytics client: it takes events from any thread, keeps them in SQLite, and
/// delivers them to its destinations.
///
/// ```swift
/// let analytics = Analytics(configuration: Configuration(writeKey: "WRITE_KEY"))
/// analytics.add(plugin: SegmentDestination())
/// analytics.track(name: "Order Completed", properties: ["total": 59.90])
/// ```
///
/// Calls never wait for the disk or the network, throw or trap, unless their
/// documentation says so. They may be made from any thread. The client has two threads
/// of its own and needs no run loop. When it is released, what was called is stored and
/// the threads end.
public final class Analytics: Sendable {
    let runtime: Runtime

    /// Makes a client.
    ///
    /// It reads one small file. The client's own thread opens everything else at the
    /// first call.
    public convenience init(configuration: Configuration) {
        self.init(configuration: configuration, usesSpool: configuration.durability.usesSpool)
    }

    /// Makes a client with its plugins.
    ///
    /// ```swift
    /// let analytics = Analytics(
    ///     configuration: Configuration(writeKey: "WRITE_KEY"),
    ///     plugins: [AmplitudeSession(), LinuxContext(), LinuxLifecycle(), SegmentDestination()])
    /// ```
    ///
    /// - Parameters:
    ///   - configuration: See ``Configuration``.
    ///   - plugins: Added in this order, as `add(plugin:)` does. Reach one with ``find(_:)``.
    public convenience init(configuration: Configuration, plugins: sending [any Plugin]) {
        self.init(configuration: configuration)
        for plugin in plugins {
            // The list was the caller's only one, and each of its plugins is the client's from here on.
            nonisolated(unsafe) let plugin = plugin
            runtime.addPlugin(plugin)
        }
    }

    /// - Parameters:
    ///   - usesSpool: false for a process that waits for each commit anyway.
    ///   - runsInline: true for a process that stores one event and ends: ``store(timeout:)``
    ///     does the pipeline's work, because starting and waking a thread would take
    ///     as long as the transaction.
    package init(configuration: Configuration, usesSpool: Bool, runsInline: Bool = false) {
        runtime = Runtime(configuration, usesSpool: usesSpool, runsInline: runsInline)
        runtime.analytics = self
    }

    deinit {
        // The thread ends by itself once everything is stored.
        runtime.uploader.stop()
        runtime.mailbox.post(.close(Reply<Bool>()))
    }

    /// The directory of the client's files.
    package var stateDirectory: StateDirectory { runtime.directory }

    /// The configuration that the client was made with.
    public var configuration: Configuration { runtime.configuration }
}

// MARK: - Events

extension Analytics {
    /// Records that something happened.
    ///
    /// When it returns, the event survives the death of the process; with
    /// ``Durability/immediate`` it survives a power cut too.
    ///
    /// ```swift
    /// analytics.track(name: "Order Completed", properties: ["total": 59.90])
    /// ```
    ///
    /// - Parameters:
    ///   - name: What happened, as `Order Completed`. An event with a blank name is dropped
    ///     and reported as ``FootfallError/Code/invalidEvent``.
    ///   - properties: Anything. An event of more than 32 KiB in all is dropped and
    ///     reported as ``FootfallError/Code/eventTooLarge``.
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

    /// Says who the user is, from now on and over restarts.
    ///
    /// - Parameters:
    ///   - userId: `nil` or a blank text adds traits to the user there is, or to the anonymous one.
    ///   - traits: Added to the traits of the same user; those of another user are forgotten.
    ///   - options: Changes this call only; see ``CallOptions``.
    ///   - enrichments: Change this event only, after the plugins.
    public func identify(
        userId: String? = nil, traits: JSONObject = [:], options: CallOptions? = nil,
        enrichments: [EnrichmentClosure] = []
    ) {
        var event = Event(type: .identify, identifier: .unassigned)
        event.userId = userId
        event.traits = traits
        post(event, options, enrichments, .identify)
    }

    /// Records that a screen was shown.
    ///
    /// - Parameters:
    ///   - title: The screen's name; with an empty text the event has none.
    ///   - category: The kind of screen.
    ///   - properties: Anything.
    ///   - options: Changes this call only; see ``CallOptions``.
    ///   - enrichments: Change this event only, after the plugins.
    public func screen(
        title: String, category: String? = nil, properties: JSONObject = [:], options: CallOptions? = nil,
        enrichments: [EnrichmentClosure] = []
    ) {
        view(.screen, title, category, properties, options, enrichments)
    }

    /// Records that a page was shown.
    ///
    /// - Parameters:
    ///   - title: The page's name; with an empty text the event has none.
    ///   - category: The kind of page.
    ///   - properties: Anything.
    ///   - options: Changes this call only; see ``CallOptions``.
    ///   - enrichments: Change this event only, after the plugins.
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

    /// Says which group the user belongs to. A call with a blank `groupId` is dropped and
    /// reported as ``FootfallError/Code/invalidEvent``.
    public func group(
        groupId: String, traits: JSONObject = [:], options: CallOptions? = nil, enrichments: [EnrichmentClosure] = []
    ) {
        var event = Event(type: .group, identifier: .unassigned)
        event.groupId = groupId
        event.traits = traits
        post(event, options, enrichments)
    }

    /// Says that the user has a new id. A call with a blank `newId` is dropped and reported
    /// as ``FootfallError/Code/invalidEvent``; without a `previousId` it is the current
    /// userId, else the anonymousId.
    public func alias(
        newId: String, previousId: String? = nil, options: CallOptions? = nil, enrichments: [EnrichmentClosure] = []
    ) {
        var event = Event(type: .alias, identifier: .unassigned)
        event.userId = newId
        event.previousId = previousId
        post(event, options, enrichments, .alias)
    }

    /// Records an event that a plugin or a tool made itself.
    ///
    /// Only what is missing is filled in: a `messageId`, an identity, a timestamp that is 0.
    /// A timestamp that the event has counts as given: the event belongs to the session that
    /// covers it, and changes no identity. An event that was made with
    /// ``Event/init(name:properties:at:)`` is one of its moment.
    ///
    /// - Parameters:
    ///   - event: The event. Its ids are kept.
    ///   - options: Go over what the event has; see ``CallOptions``.
    ///   - enrichments: Change this event only, after the plugins.
    public func process(_ event: Event, options: CallOptions? = nil, enrichments: [EnrichmentClosure] = []) {
        var event = event
        if event.timestamp.milliseconds != 0, event.bootNanoseconds == 0 { event.markAsPast() }
        post(event, options, enrichments, event.identityChange)
    }

    /// - Returns: why the event was dropped; the host is told as well.
    @discardableResult
    func post(
        _ event: consuming Event, _ options: CallOptions?, _ enrichments: [EnrichmentClosure],
        _ change: PostOptions.IdentityChange = .none
    ) -> FootfallError? {
        guard runtime.settings.isEnabled else {
            runtime.refuseCall()
            return nil
        }
        var call = PostOptions()
        call.durability = configuration.durability
        call.closures = enrichments
        call.change = change
        if let options { options.apply(to: &event, &call) }
        event.normalize()
        call.overridesAnonymousId = !event.anonymousId.isEmpty
        if runtime.configuration.role == .command { call.linger = .zero }
        // An identity that no destination would hear of does not become the current one.
        if call.change != .none, EventSize.isTooLarge(event) {
            runtime.countDrop(.tooLarge)
            let problem = EventSize.problem(event.type.rawValue)
            runtime.report(problem)
            return problem
        }
        do throws(EventReader.Problem) {
            try event.validate()
        } catch {
            runtime.countDrop(.invalid)
            let problem = FootfallError(.invalidEvent, "an event was dropped: \(error)", underlying: error)
            runtime.report(problem)
            return problem
        }
        let isImmediate = call.durability == .immediate
        runtime.post(consume event, call)
        // On the pipeline's thread the call would wait for itself.
        guard isImmediate, !runtime.isOnPipelineThread, !isClosed else { return nil }
        if let problem = store(timeout: Limits.immediateWait) { runtime.report(problem) }
        return nil
    }
}

// MARK: - Identity

extension Analytics {
    /// Forgets the user: later events have a new anonymousId, no userId and no traits.
    ///
    /// Events called before keep the old identity.
    public func reset() {
        guard !runtime.isSilent else { return }
        runtime.ensureStarted()
        guard runtime.mailbox.reset() else { return runtime.refuseLateCall() }
        if runtime.mailboxUsesSpool { runtime.writeIdentityFile() }
    }

    /// The id of this installation. It changes with ``reset()`` and ``optIn()``.
    public var anonymousId: String { runtime.mailbox.currentIdentity.anonymousId }

    /// The user's id; `nil` until ``identify(userId:traits:options:enrichments:)`` gave one.
    public var userId: String? { runtime.mailbox.currentIdentity.userId }

    /// The user's traits.
    public var traits: JSONObject { runtime.mailbox.currentIdentity.traits }

    /// The session of the last stored event, in milliseconds since 1970; `nil` when no
    /// session is open or there is no session plugin.
    public var sessionId: Int64? { runtime.statistics.sessionId }

    /// Ends the session; the next event opens another.
    ///
    /// Events called before belong to the old session. Without a session plugin it does
    /// nothing, and neither while all events wait for a plugin
    /// (``FootfallError/Code/pluginOff``).
    public func endSession() { runtime.post(session: .end) }

    /// Ends the session, if one is open, and begins another at once.
    ///
    /// Without a session plugin it does nothing, and neither while all events wait for a
    /// plugin (``FootfallError/Code/pluginOff``).
    public func startNewSession() { runtime.post(session: .new) }

    /// Reports a problem to the host's ``Configuration/errorHandler(_:)``. For plugins.
    public func report(_ error: FootfallError) { runtime.report(error) }

    /// Shows the session to the host, as ``sessionId``; `nil` when none is open.
    @_spi(Sessions)
    public func publish(sessionId: Int64?) { runtime.statistics.sessionId = sessionId }

    /// What happened since the client was made.
    ///
    /// An event is counted when it was stored, which may be a second after its call.
    public var counters: Counters { runtime.statistics.current }
}

// MARK: - Plugins

extension Analytics {
    /// Adds a plugin behind those of its type.
    ///
    /// The plugin sees the events called afterwards. The client owns it from here on;
    /// reach it with the handle.
    @discardableResult
    public func add<P: Plugin>(plugin: sending P) -> PluginHandle<P> {
        PluginHandle(id: runtime.addPlugin(plugin), runtime: runtime)
    }

    /// Adds a plugin whose type is known only when the program runs.
    @_disfavoredOverload
    @discardableResult
    public func add(plugin: sending any Plugin) -> PluginHandle<any Plugin> {
        // Disfavoured: otherwise `add(plugin: Counter())` gives a handle of `any Plugin`, which reads nothing.
        PluginHandle(id: runtime.addPlugin(plugin), runtime: runtime)
    }

    /// Adds a closure as an enrichment: it sees every event called afterwards.
    @discardableResult
    public func add(enrichment: @escaping EnrichmentClosure) -> PluginHandle<any Plugin> {
        PluginHandle(id: runtime.addPlugin(ClosureEnrichment(enrichment)), runtime: runtime)
    }

    /// Removes a plugin. It still sees the events called before, and is shut down then.
    public func remove<P>(_ handle: PluginHandle<P>) { handle.remove() }

    /// The first plugin of a type or of a subclass; `nil` when there is none.
    public func find<P: Plugin>(_ type: P.Type) -> PluginHandle<P>? { findAll(type).first }

    /// The first destination with this key in `integrations`; `nil` when there is none.
    public func find(key: String) -> PluginHandle<any DestinationPlugin>? { runtime.findDestination(key: key) }

    /// All plugins of a type or of its subclasses, those inside destinations too, in the order
    /// they were added.
    public func findAll<P: Plugin>(_ type: P.Type) -> [PluginHandle<P>] { runtime.findPlugins(type) }
}

/// An enrichment that is a closure.
final class ClosureEnrichment: Plugin {
    let type = PluginType.enrichment
    private let closure: EnrichmentClosure

    init(_ closure: @escaping EnrichmentClosure) { self.closure = closure }

    func execute(_ event: inout Event) -> Verdict { closure(&event) }
}

// MARK: - Storing and closing

extension Analytics {
    /// Waits until everything that was called is stored, safe from a power cut.
    /// Not from a plugin.
    ///
    /// - Returns: why it is not stored; `nil` when it is.
    package func store(timeout: Duration) -> FootfallError? {
        let reply = Reply<FootfallError?>()
        guard runtime.post(.flush(reply, delivers: false)) else {
            if runtime.isSilent { return nil }
            return runtime.isSpoolOnly ? .spoolOnly : runtime.ending.isClosed ? .closed : .withoutThread
        }
        if runtime.runsInline { runtime.pipeline.run(for: timeout) { reply.current != nil } }
        guard let answer = reply.wait(atMost: runtime.runsInline ? .zero : timeout) else {
            return .overdue
        }
        return answer
    }

    /// Reads the session and the visit from the store, so that the next call is
    /// stamped with what other processes made of them. Not from a plugin.
    package func lookAtStore() {
        runtime.post(.look)
        _ = store(timeout: .seconds(30))
    }

    /// Stores everything that was called and ends the client's threads.
    ///
    /// After it has returned, no thread of the client begins a call of a plugin, a closure, a
    /// destination or the error handler. One that runs is waited for until the time is over: the
    /// last quarter of the timeout, at most 250 ms, is kept for that. When the time is not enough,
    /// ``Plugin/shutdown()`` is not called.
    ///
    /// Events that are called afterwards are dropped, reason ``DropReason/closed``, and other calls
    /// have no effect. The first such call is reported as ``FootfallError/Code/closed``, on its own
    /// thread.
    ///
    /// From a plugin it returns false at once, and the client ends when the plugin has returned.
    ///
    /// - Parameter timeout: The longest wait. A short one loses no event that is in the spool (see
    ///   ``Durability``): what is not stored by then is there, and the next start stores it.
    /// - Returns: whether everything is stored.
    @discardableResult
    public func close(timeout: Duration = .seconds(2)) -> Bool { runtime.close(within: timeout) }

    /// Whether ``close(timeout:)`` was called: events are not taken any more.
    ///
    /// ```swift
    /// guard !analytics.isClosed else { return }
    /// ```
    public var isClosed: Bool { runtime.ending.isClosed }
}
