// SPDX-License-Identifier: MIT

/// The plugins of a client or of one destination, in their order.
///
/// It belongs to the pipeline's thread.
public final class Timeline {
    private(set) var plugins: [(id: UInt64, plugin: any Plugin)] = []
    private var before: [any Plugin] = []
    private var enrichment: [any Plugin] = []
    private var after: [any Plugin] = []
    private(set) var destinations: [any DestinationPlugin] = []
    /// The session plugin; of several the first counts. Kept here because it is needed for
    /// every event, and a cast takes longer than a plugin.
    private(set) var transactionPlugin: (any TransactionPlugin)?
    private var timers: [any TimerPlugin] = []

    /// A timeline without plugins.
    public init() {}

    /// True when no plugin is in it.
    public var isEmpty: Bool { plugins.isEmpty }

    func add(_ plugin: any Plugin, id: UInt64) {
        plugins.append((id, plugin))
        sort()
    }

    /// Removes a plugin, and returns it; `nil` when there is none with this id.
    func remove(id: UInt64) -> (any Plugin)? {
        guard let index = plugins.firstIndex(where: { $0.id == id }) else { return nil }
        let plugin = plugins.remove(at: index).plugin
        sort()
        return plugin
    }

    func find(id: UInt64) -> (any Plugin)? { plugins.first { $0.id == id }?.plugin }

    private func sort() {
        before = plugins.map(\.plugin).filter { $0.type == .before }
        enrichment = plugins.map(\.plugin).filter { $0.type == .enrichment }
        after = plugins.map(\.plugin).filter { $0.type == .after }
        destinations = plugins.compactMap { $0.plugin as? any DestinationPlugin }
        descriptorPlugins = plugins.compactMap { $0.plugin as? any DescriptorPlugin }
        timers = plugins.compactMap { $0.plugin as? any TimerPlugin }
        transactionPlugin = plugins.lazy.compactMap { $0.plugin as? any TransactionPlugin }.first
    }

    /// Whether a plugin runs behind the destinations.
    var hasAfter: Bool { !after.isEmpty }

    func runBefore(_ event: inout Event) -> Verdict { Self.run(before, &event) }
    func runEnrichment(_ event: inout Event) -> Verdict { Self.run(enrichment, &event) }
    func runAfter(_ event: inout Event) -> Verdict { Self.run(after, &event) }

    private static func run(_ plugins: [any Plugin], _ event: inout Event) -> Verdict {
        for plugin in plugins where plugin.execute(&event) == .drop { return .drop }
        return .keep
    }

    /// Runs an event through a destination's own plugins, with its hook between them.
    func run(_ event: inout Event, for destination: (any DestinationPlugin)?) -> Verdict {
        guard runBefore(&event) == .keep, runEnrichment(&event) == .keep else { return .drop }
        if let destination, destination.execute(&event) == .drop { return .drop }
        return runAfter(&event)
    }

    /// Nanoseconds since boot: when the first plugin wants to be called, as of ``lookAtTimers()``.
    private(set) var nextTime = Int64.max

    private(set) var descriptorPlugins: [any DescriptorPlugin] = []

    func lookAtTimers() {
        nextTime = timers.map(\.nextTime).min() ?? .max
    }

    func forEachTimerPlugin(_ body: (any TimerPlugin) -> Void) { for plugin in timers { body(plugin) } }

    func forEachApplicationPlugin(_ body: (any ApplicationPlugin) -> Void) {
        for (_, plugin) in plugins { if let plugin = plugin as? any ApplicationPlugin { body(plugin) } }
    }

    func forEachEventPlugin(_ body: (any EventPlugin) -> Void) {
        for (_, plugin) in plugins {
            if let plugin = plugin as? any EventPlugin { body(plugin) }
            if let destination = plugin as? any DestinationPlugin { destination.timeline.forEachEventPlugin(body) }
        }
    }
}
