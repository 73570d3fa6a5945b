// SPDX-License-Identifier: MIT
import FootfallJSON

/// Runs events through the plugins and decides who takes them. On the
/// pipeline's thread only.
final class PluginRunner {
    let timeline = Timeline()
    /// Put under each event's own context.
    private let context: JSONObject
    /// The row of each destination, by its name; from the store.
    var rows = DestinationIDs() { didSet { hasDestinations = hasDestinations || !rows.isEmpty } }
    /// Destinations that have no row yet because the store could not give them one.
    var unregistered: Set<UTF8Key> = []
    private(set) var drops: [DropReason: Int64] = [:]

    init(context: JSONObject) { self.context = context }

    func takeDrops() -> [DropReason: Int64] {
        defer { drops.removeAll(keepingCapacity: true) }
        return drops
    }

    func countDrop(_ reason: DropReason, _ count: Int64 = 1) { drops[reason, default: 0] += count }

    /// before → enrichment → closures → destinations → after; `nil` when the
    /// event was dropped, which is counted.
    func prepare(_ event: consuming Event, _ closures: [EnrichmentClosure]) -> PreparedEvent? {
        guard run(&event, closures) == .keep else {
            countDrop(.plugin)
            return nil
        }
        var prepared = PreparedEvent(event: event, routes: 0)
        let isTaken = route(&prepared)
        _ = timeline.runAfter(&prepared.event)
        guard prepared.routes != 0 || !prepared.waitsFor.isEmpty || !hasDestinations else {
            if !isTaken { countDrop(.unrouted) }
            return nil
        }
        return prepared
    }

    private func run(_ event: inout Event, _ closures: [EnrichmentClosure]) -> Verdict {
        guard timeline.runBefore(&event) == .keep else { return .drop }
        if event.context.isEmpty {
            event.context = context
        } else {
            let own = event.context
            event.context = context
            event.context.merge(own)
        }
        guard timeline.runEnrichment(&event) == .keep else { return .drop }
        for closure in closures where closure(&event) == .drop { return .drop }
        return .keep
    }

    /// Whether a destination took it that delivers itself.
    private func route(_ prepared: inout PreparedEvent) -> Bool {
        var isTaken = false
        for destination in timeline.destinations where prepared.event.isRouted(to: destination.key) {
            let id = rows[destination.name]
            if id == nil, unregistered.contains(UTF8Key(destination.name)) {
                prepared.waitsFor.insert(UTF8Key(destination.name))
                continue
            }
            let callsHook = id == nil || destination.usesHooks
            if let id, destination.timeline.isEmpty, !callsHook {
                // Nothing of its own can change the event, so no copy is made.
                prepared.routes |= 1 << id
                continue
            }
            var copy = prepared.event
            guard destination.timeline.run(&copy, for: callsHook ? destination : nil) == .keep else { continue }
            guard let id else {
                isTaken = true
                continue
            }
            prepared.routes |= 1 << id
            prepared.variants.append((id, copy))
        }
        return isTaken
    }

    /// Whether this client has destinations, or had: if it never had any, the
    /// store's take its events; one that was removed takes none any more.
    private(set) var hasDestinations = false

    /// The plugin that decides inside transactions.
    var transactionPlugin: (any TransactionPlugin)? { timeline.transactionPlugin }
}
