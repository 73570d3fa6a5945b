// SPDX-License-Identifier: MIT
import FootfallStore

/// Adds plugins to a client, starts them and removes them, in the order of the calls.
///
/// Invariant: no plugin is started before the client is, and none in a forked child. Nothing is
/// delivered before each plugin that was added before the start is configured.
///
/// It belongs to the pipeline's thread.
final class PluginInstaller {
    private unowned let runtime: Runtime
    private let runner: PluginRunner
    private let routes: DestinationRoutes
    private let processor: EventProcessor
    private let committer: Committer
    private let adopter: SpoolAdopter
    private let containment: Containment
    private var barrier = StartBarrier()
    /// The plugins that wait for the client's start, or for a store that can be read.
    private var waiting: [(id: UInt64, plugin: any StartPlugin, moment: Moment)] = []
    /// When the client was made.
    private let creation: Moment
    private var isChild = false

    init(
        _ runtime: Runtime, runner: PluginRunner, routes: DestinationRoutes, processor: EventProcessor,
        committer: Committer, adopter: SpoolAdopter, containment: Containment, creation: Moment
    ) {
        self.runtime = runtime
        self.runner = runner
        self.routes = routes
        self.processor = processor
        self.committer = committer
        self.adopter = adopter
        self.containment = containment
        self.creation = creation
    }

    // MARK: - The start

    /// Whether the client has started.
    var hasStarted: Bool { barrier.isLifted }

    /// Nanoseconds since boot: when the client starts if no call comes. Not while it is disabled.
    var startsAt: Int64 { runner.isEnabled ? barrier.liftsAt : .max }

    func threadBegan(at now: Int64) { barrier.threadBegan(at: now) }

    /// Whether ``start()`` has something left to do.
    var awaitsStart: Bool { !barrier.isLifted || !routes.isHandingOver }

    /// Starts the client, unless it has started: first come the events that ended processes
    /// left, then those of the plugins' starts.
    func start() {
        // Also while the client is disabled: what it delivers to says so to a flush.
        routes.handOver()
        guard runner.isEnabled, barrier.lift() else { return }
        runtime.watch.removeDead()
        Backlog(runtime).look()
        adopter.run()
        startWaiting()
        runner.timeline.lookAtTimers()
    }

    /// Starts the plugins that wait. Those whose stored values cannot be read now go on waiting.
    func startWaiting() {
        guard hasStarted, runner.isEnabled, !waiting.isEmpty else { return }
        // A plugin may add another from its start.
        let list = waiting
        waiting = []
        let unstarted = list.filter { entry in
            runner.position.inside(entry.id) { processor.start(entry.plugin, at: entry.moment) } != true
        }
        waiting = unstarted + waiting
        committer.commit()
    }

    /// Has stored events delivered although the client cannot start: the store refuses what it is
    /// given, and a delivery makes room.
    func deliverBeforeStart() { routes.handOver() }

    /// All plugins that the parent of a forked child had taken from the mailbox are configured.
    func endedRound() { if hasStarted { routes.handOver() } }

    /// In a forked child, whose client has started: its parent starts the plugins that wait.
    func startAfreshInChild() {
        _ = barrier.lift()
        waiting = []
        isChild = true
    }

    // MARK: - Plugins

    /// - Parameter addition: When the plugin was added.
    func add(_ plugin: any Plugin, id: UInt64, _ addition: Moment) {
        let rules = PluginRules(plugins: runner.timeline.plugins.map(\.plugin))
        guard isTaken(plugin, id: id, problem: rules.problem(adding: plugin)) else {
            for inner in (plugin as? any DestinationPlugin)?.timeline.plugins ?? [] {
                runtime.forgetPlugin(id: inner.id)
            }
            return
        }
        guard let destination = plugin as? any DestinationPlugin else {
            // It sees what is stored from here on.
            if plugin.type == .after { committer.commit() }
            return install(runner.timeline.add(plugin, id: id), addition)
        }
        registerDestinations()
        let inner = destination.timeline.plugins
        let link = runner.timeline.add(destination, id: id)
        attach(destination, link)
        install(link, addition)
        for link in inner { addInner(link, of: destination, addition) }
        registerDestinations()
    }

    /// Follows what is added to a destination's own chain from here on.
    private func attach(_ destination: any DestinationPlugin, _ link: ChainLink) {
        destination.timeline.attach(
            Timeline.Observer(
                willAdd: { [unowned self] in committer.commit() },
                added: { [unowned self, unowned destination] inner in
                    runtime.notePlugin(inner.plugin, id: inner.id)
                    addInner(inner, of: destination, runtime.configuration.clock.moment)
                }, failed: { [unowned runtime] plugin, error in runtime.pluginFailed(plugin, error) }),
            runner.position, of: link)
    }

    private func addInner(_ link: ChainLink, of destination: any DestinationPlugin, _ addition: Moment) {
        let problem = PluginRules.problem(adding: link.plugin, to: destination)
        guard isTaken(link.plugin, id: link.id, problem: problem) else {
            _ = destination.timeline.remove(id: link.id)
            runner.timeline.sort()
            return
        }
        runner.timeline.sort()
        install(link, of: destination.name, addition)
    }

    private func isTaken(_ plugin: any Plugin, id: UInt64, problem: String?) -> Bool {
        guard let problem else { return true }
        runtime.forgetPlugin(id: id)
        runtime.report(FootfallError(.invalidConfiguration, problem))
        return false
    }

    private func install(_ link: ChainLink, of destination: String? = nil, _ addition: Moment) {
        runtime.watch.add(link.tally, of: destination)
        containment.chainChanged()
        guard containment.mayCall(link.plugin) else { return }
        if let plugin = link.plugin as? any StoragePlugin { plugin.storage = runner.storages.storage(of: plugin) }
        if let analytics = runtime.analytics {
            runner.position.inside(link.id) {
                containment.call(link.plugin, .configure) { link.plugin.configure(analytics: analytics) }
            }
        }
        beginTelling(link)
        if hasStarted { adopter.chainChanged() }
        guard let plugin = link.plugin as? any StartPlugin, !isChild, !runtime.configuration.isRehearsal else { return }
        waiting.append((link.id, plugin, hasStarted ? addition : creation))
        startWaiting()
    }

    /// Tells a plugin how things are, and from then on what changes.
    private func beginTelling(_ link: ChainLink) {
        if let plugin = link.plugin as? any OutcomePlugin { runner.outcomes.add(plugin, id: link.id) }
        guard let plugin = link.plugin as? any ObserverPlugin else { return }
        runner.observers.add(plugin, id: link.id, committer.currentIdentity)
    }

    private func stopTelling(_ id: UInt64) {
        runner.observers.remove(id)
        runner.outcomes.remove(id)
    }

    func remove(id: UInt64) {
        // What a session plugin has begun to decide is decided with it, and what was called
        // before is shown to the plugins that see what is stored.
        let decides = runner.timeline.find(id: id) is any TransactionPlugin
        committer.commit()
        guard let plugin = runner.timeline.remove(id: id) else { return }
        containment.chainChanged()
        waiting.removeAll { $0.id == id }
        stopTelling(id)
        if let destination = plugin as? any DestinationPlugin {
            destination.timeline.detach()
            routes.remove(destination.name)
            for inner in destination.timeline.plugins {
                runtime.forgetPlugin(id: inner.id)
                stopTelling(inner.id)
                shutDown(inner.plugin, id: inner.id)
            }
        }
        shutDown(plugin, id: id)
        // Without the plugin, nothing ends the visit.
        if decides {
            runtime.mailbox.forgetVisitor()
            runner.observers.set(visit: nil)
        }
    }

    private func shutDown(_ plugin: any Plugin, id: UInt64) {
        if containment.mayCall(plugin) { runner.position.inside(id) { plugin.shutdown() } }
        runtime.watch.remove(id)
    }

    /// A new destination takes what comes from here on, so what came before is stored first.
    private func registerDestinations() {
        guard committer.commit().isStored else { return }
        do throws(StoreError) {
            try routes.register(runner.timeline.destinations)
        } catch {
            routes.report(unregistered: error)
        }
    }
}
