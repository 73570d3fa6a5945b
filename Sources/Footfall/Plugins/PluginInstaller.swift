// SPDX-License-Identifier: MIT
import FootfallStore

/// Adds plugins to a client, starts them and removes them, in the order of the calls.
///
/// Invariant: no plugin is started before the client is, and none in a forked child.
///
/// It belongs to the pipeline's thread.
final class PluginInstaller {
    private unowned let runtime: Runtime
    private let runner: PluginRunner
    private let routes: DestinationRoutes
    private let processor: EventProcessor
    private let committer: Committer
    private let adopter: SpoolAdopter
    private var barrier = StartBarrier()
    /// The plugins that wait for the client's start, or for a store that can be read.
    private var waiting: [(id: UInt64, plugin: any StartPlugin, context: StartContext)] = []
    /// When the client was made, and its identity then.
    private var creation: StartContext
    private var isChild = false

    init(
        _ runtime: Runtime, runner: PluginRunner, routes: DestinationRoutes, processor: EventProcessor,
        committer: Committer, adopter: SpoolAdopter, creation: StartContext
    ) {
        self.runtime = runtime
        self.runner = runner
        self.routes = routes
        self.processor = processor
        self.committer = committer
        self.adopter = adopter
        self.creation = creation
    }

    // MARK: - The start

    /// Whether the client has started.
    var hasStarted: Bool { barrier.isLifted }

    /// Nanoseconds since boot: when the client starts if no call comes.
    var startsAt: Int64 { barrier.liftsAt }

    func threadBegan(at now: Int64) { barrier.threadBegan(at: now) }

    /// Starts the client, unless it has started: first come the events that ended processes
    /// left, then those of the plugins' starts.
    func start() {
        guard barrier.lift() else { return }
        adopter.run()
        startWaiting()
        runner.timeline.lookAtTimers()
    }

    /// Starts the plugins that wait. Those whose stored values cannot be read now go on waiting.
    func startWaiting() {
        guard hasStarted, !waiting.isEmpty else { return }
        waiting.removeAll { processor.start($0.plugin, $0.context) }
        committer.commit()
    }

    /// The identity changed by an erasure: that of the creation does not come back.
    func beginAnew(_ identity: Identity) {
        creation.identity = identity
        for index in waiting.indices { waiting[index].context.identity = identity }
    }

    /// In a forked child, whose client has started: its parent starts the plugins that wait.
    func startAfreshInChild() {
        _ = barrier.lift()
        waiting = []
        isChild = true
    }

    // MARK: - Plugins

    /// - Parameter addition: When the plugin was added.
    func add(_ plugin: any Plugin, id: UInt64, _ addition: StartContext) {
        if let destination = plugin as? any DestinationPlugin {
            guard isNew(destination) else { return }
            registerDestinations()
        }
        runner.timeline.add(plugin, id: id)
        if let analytics = runtime.analytics { plugin.configure(analytics: analytics) }
        if let plugin = plugin as? any StartPlugin, !isChild, !runtime.configuration.isRehearsal {
            waiting.append((id, plugin, hasStarted ? addition : creation))
            startWaiting()
        }
        if plugin is any DestinationPlugin { registerDestinations() }
    }

    func remove(id: UInt64) {
        // What a session plugin has begun to decide is decided with it.
        let decides = runner.timeline.find(id: id) is any TransactionPlugin
        if decides { committer.commit() }
        guard let plugin = runner.timeline.remove(id: id) else { return }
        waiting.removeAll { $0.id == id }
        if let destination = plugin as? any DestinationPlugin {
            committer.commit()
            routes.remove(destination.name)
        }
        plugin.shutdown()
        // Without the plugin, nothing ends the visit.
        if decides { runtime.mailbox.forgetVisitor() }
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

    /// A name is a destination's identity: two of one name would be one in the store.
    private func isNew(_ destination: any DestinationPlugin) -> Bool {
        let others = runner.timeline.destinations
        let problem: String
        if others.count >= Limits.destinations {
            problem =
                "the destination \(destination.name) is one too many and was not added: a store has room for \(Limits.destinations)"
        } else if others.contains(where: { $0.name.isIdentical(to: destination.name) }) {
            problem = "a destination called \(destination.name) is there already; give this one another name"
        } else {
            return true
        }
        runtime.report(FootfallError(.invalidConfiguration, problem))
        return false
    }
}
