// SPDX-License-Identifier: MIT

/// The plugins of a client or of one destination, in their order.
///
/// Until its destination is added to a client it belongs to the thread that made it, from
/// then on to the pipeline's thread.
public final class Timeline {
    private(set) var plugins: [ChainLink] = []
    private var before: [ChainLink] = []
    private var enrichment: [ChainLink] = []
    private var after: [ChainLink] = []
    private(set) var destinations: [any DestinationPlugin] = []
    /// The session plugin. Kept here because it is needed for every event, and a cast takes
    /// longer than a plugin.
    private(set) var transactionPlugin: (any TransactionPlugin)?
    private var timers: [(id: UInt64, plugin: any TimerPlugin)] = []
    private(set) var descriptorPlugins: [(id: UInt64, plugin: any DescriptorPlugin)] = []
    private var observer = Observer()
    /// Which plugin of the client runs.
    private var position = PluginPosition()
    /// The destination whose timeline this is; `nil` for the client's own.
    private var destination: ChainLink?
    /// Marks the calls of plugins; `nil` unless a process died before this one: see ``Containment``.
    private(set) var marker: PluginMarker?
    private var switches = PluginSwitches()
    /// Whether the destination whose timeline this is does not get its hooks called.
    private(set) var isHookOff = false
    /// The plugins that are called, those of destinations too.
    private var called: [ChainLink] = []
    /// Types of plugins that the program knows besides its plugins; see ``Analytics/declare(pluginTypes:)``.
    private(set) var declaredTypes: Set<String> = []
    /// What delivers the events of the destination that has this timeline.
    private var choice = DeliveryChoice()

    /// What the client does when something happens here.
    struct Observer {
        /// A plugin will be added to the chain of a destination that the client has.
        var willAdd: () -> Void = {}
        /// The plugin was added.
        var added: (ChainLink) -> Void = { _ in }
        /// A plugin threw.
        var failed: (any Plugin, any Error) -> Void = { _, _ in }
    }

    /// A timeline without plugins.
    public init() {}

    /// True when no plugin is in it.
    public var isEmpty: Bool { plugins.isEmpty }

    /// Whether it has plugins of the type ``PluginType/after``.
    var hasAfter: Bool { !after.isEmpty }

    /// Whether all events wait in files for a plugin.
    private(set) var holdsEvents = false

    func set(holdsEvents: Bool) { self.holdsEvents = holdsEvents }

    /// Whether events are shown to plugins once they are stored.
    private(set) var observesStored = false

    func declare(pluginTypes names: Set<String>) { declaredTypes.formUnion(names) }

    func set(_ marker: PluginMarker?) {
        self.marker = marker
        for destination in destinations { destination.timeline.set(marker) }
    }

    func set(_ switches: PluginSwitches) {
        self.switches = switches
        sort()
    }

    /// - Parameter destination: The destination whose timeline this is; `nil` for the client's own.
    func attach(_ observer: Observer, _ position: PluginPosition, of destination: ChainLink? = nil) {
        self.observer = observer
        self.position = position
        self.destination = destination
    }

    /// The client does not have the destination any more.
    func detach() {
        observer = Observer()
        destination = nil
        choice.made = .none
    }

    func replaceDelivery(_ replacement: @escaping @Sendable (any Delivery) -> any Delivery) {
        choice.replace(replacement)
    }

    /// What delivers the events of the destination, made once.
    func delivery(made make: () -> (any Delivery)?) -> (any Delivery)? {
        if let made = choice.made { return made }
        guard !position.isShut else { return nil }
        // Outside of an access to the choice: the host's code may do anything.
        let chosen = choice
        let delivery = make().map(chosen.replaced)
        choice.made = .some(delivery)
        return delivery
    }

    /// Adds a plugin and tells the client, if the timeline is one of a client's destination.
    @discardableResult
    func add(_ plugin: any Plugin, id: UInt64 = PluginId.next()) -> ChainLink {
        observer.willAdd()
        let link = ChainLink(plugin, id: id)
        plugins.append(link)
        sort()
        observer.added(link)
        return link
    }

    /// Removes a plugin, and returns it; `nil` when there is none with this id.
    func remove(id: UInt64) -> (any Plugin)? {
        if let index = plugins.firstIndex(where: { $0.id == id }) {
            let plugin = plugins.remove(at: index).plugin
            sort()
            return plugin
        }
        for destination in destinations {
            guard let plugin = destination.timeline.remove(id: id) else { continue }
            sort()
            return plugin
        }
        return nil
    }

    /// A plugin of the client, or of one of its destinations.
    func find(id: UInt64) -> (any Plugin)? { all.first { $0.id == id }?.plugin }

    /// All plugins: those of a destination come before it.
    var all: [ChainLink] {
        plugins.flatMap { entry in
            ((entry.plugin as? any DestinationPlugin)?.timeline.plugins ?? []) + [entry]
        }
    }

    /// Puts the plugins in their places, after the client's plugins or those of a destination changed.
    func sort() {
        before = links(.before)
        enrichment = links(.enrichment)
        after = links(.after)
        // A destination that is off still gets what it delivers from the store.
        destinations = plugins.compactMap { $0.plugin as? any DestinationPlugin }
        for destination in destinations { destination.timeline.follow(self, isOff: switches.leavesOut(destination)) }
        called = all.filter { !switches.leavesOut($0.plugin) }
        descriptorPlugins = called.compactMap { link in (link.plugin as? any DescriptorPlugin).map { (link.id, $0) } }
        timers = called.compactMap { link in (link.plugin as? any TimerPlugin).map { (link.id, $0) } }
        transactionPlugin = called.lazy.compactMap { $0.plugin as? any TransactionPlugin }.first
        observesStored = hasAfter || destinations.contains { $0.timeline.hasAfter }
    }

    private func links(_ type: PluginType) -> [ChainLink] {
        plugins.filter { $0.plugin.type == type && !switches.leavesOut($0.plugin) }
    }

    /// A destination's timeline marks and leaves out as the client's does.
    private func follow(_ client: Timeline, isOff: Bool) {
        (marker, switches, isHookOff) = (client.marker, client.switches, isOff)
        sort()
    }

    // MARK: - Events

    func runBefore(_ event: inout Event) -> Verdict { run(before, &event) }
    func runEnrichment(_ event: inout Event) -> Verdict { run(enrichment, &event) }

    /// Shows a stored event to the plugins behind the destinations. They cannot change it.
    func showAfter(_ event: Event) {
        guard hasAfter else { return }
        defer { position.leave() }
        for link in after {
            guard !position.isShut else { return }
            var copy = event
            marker?.enter(link.plugin)
            _ = link.run(&copy, position, failed: observer.failed)
        }
    }

    private func run(_ links: [ChainLink], _ event: inout Event) -> Verdict {
        guard !links.isEmpty else { return .keep }
        // Read once, and by index: each copy of a link or a closure costs as much as a plugin.
        let (position, failed) = (position, observer.failed)
        defer { position.leave() }
        if let marker { return run(links, &event, marker) }
        for index in links.indices {
            // What becomes of the event then has no effect: nothing is stored any more.
            guard !position.isShut else { return .drop }
            guard links[index].run(&event, position, failed: failed) == .drop else { continue }
            links[index].tally.countDrop()
            return .drop
        }
        return .keep
    }

    private func run(_ links: [ChainLink], _ event: inout Event, _ marker: PluginMarker) -> Verdict {
        for link in links where !marker.leavesOut(link.plugin) {
            guard !position.isShut else { return .drop }
            marker.enter(link.plugin)
            guard link.run(&event, position, failed: observer.failed) == .drop else { continue }
            link.tally.countDrop()
            return .drop
        }
        return .keep
    }

    /// Runs an event through a destination's own plugins, and through its hook behind them.
    func run(_ event: inout Event, callsHook: Bool) -> Verdict {
        guard runBefore(&event) == .keep, runEnrichment(&event) == .keep else { return .drop }
        guard callsHook, !isHookOff, let destination, marker?.leavesOut(destination.plugin) != true else {
            return .keep
        }
        guard !position.isShut else { return .drop }
        marker?.enter(destination.plugin)
        defer { position.leave() }
        let verdict = destination.run(&event, position, failed: observer.failed)
        if verdict == .drop { destination.tally.countDrop() }
        return verdict
    }

    /// The destination takes an event for which it is not called.
    func tookEvent() { destination?.tally.countEvent() }

    // MARK: - Other calls

    /// Nanoseconds since boot: when the first plugin wants to be called, as of ``lookAtTimers()``.
    private(set) var nextTime = Int64.max

    func lookAtTimers() {
        nextTime = timers.lazy.filter { self.mayCall($0.plugin) }.map(\.plugin.nextTime).min() ?? .max
    }

    func forEachTimerPlugin(_ body: (any TimerPlugin) -> Void) {
        for (id, plugin) in timers where mayCall(plugin) { position.inside(id) { body(plugin) } }
    }

    /// While events are held, no transaction shows the session plugin that its time is over.
    private func mayCall(_ timer: any TimerPlugin) -> Bool { !holdsEvents || timer !== transactionPlugin }

    func forEachApplicationPlugin(_ body: (any ApplicationPlugin) -> Void) {
        for link in called {
            if let plugin = link.plugin as? any ApplicationPlugin { position.inside(link.id) { body(plugin) } }
        }
    }

    func forEachEventPlugin(_ body: (any EventPlugin) -> Void) {
        for link in called {
            if let plugin = link.plugin as? any EventPlugin { position.inside(link.id) { body(plugin) } }
        }
    }
}
