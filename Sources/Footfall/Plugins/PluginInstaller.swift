// SPDX-License-Identifier: MIT
import FootfallStore

/// Adds plugins to a client and removes them, in the order of the calls.
///
/// It belongs to the pipeline's thread.
struct PluginInstaller {
    private unowned let runtime: Runtime
    private let runner: PluginRunner
    private let routes: DestinationRoutes
    private let processor: EventProcessor
    private let committer: Committer
    private let adopter: SpoolAdopter

    init(
        _ runtime: Runtime, runner: PluginRunner, routes: DestinationRoutes, processor: EventProcessor,
        committer: Committer, adopter: SpoolAdopter
    ) {
        self.runtime = runtime
        self.runner = runner
        self.routes = routes
        self.processor = processor
        self.committer = committer
        self.adopter = adopter
    }

    func add(_ plugin: any Plugin, id: UInt64) {
        if let destination = plugin as? any DestinationPlugin {
            guard isNew(destination) else { return }
            registerDestinations()
        }
        runner.timeline.add(plugin, id: id)
        if let analytics = runtime.analytics { plugin.configure(analytics: analytics) }
        if let plugin = plugin as? any StartPlugin, !runtime.configuration.isRehearsal {
            if !adopter.hasLooked { adopter.run() }
            processor.start(plugin)
        }
        if plugin is any DestinationPlugin { registerDestinations() }
    }

    func remove(id: UInt64) {
        // What a session plugin has begun to decide is decided with it.
        let decides = runner.timeline.find(id: id) is any TransactionPlugin
        if decides { committer.commit() }
        guard let plugin = runner.timeline.remove(id: id) else { return }
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
