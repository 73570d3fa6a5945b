// SPDX-License-Identifier: MIT
import FootfallJSON

/// Runs events through the plugins, and decides which destinations take them.
///
/// It belongs to the pipeline's thread.
final class PluginRunner {
    let timeline = Timeline()
    let position: PluginPosition
    /// The library's and the application's context. An event's own context goes over it.
    private let context: JSONObject
    private let routes: DestinationRoutes
    /// What plugins keep in the store.
    let storages: PluginStorages
    /// The plugins that hear of changes.
    let observers: ChangeObservers
    /// The plugins that hear what becomes of events.
    let outcomes: EventOutcomes
    private let report: (FootfallError) -> Void
    private var drops: [DropReason: Int64] = [:]
    /// Whether plugins may make events, as ``Analytics/isEnabled`` says behind the calls so far.
    private(set) var isEnabled = true
    /// The keys of destinations that get no events.
    private var disabledKeys: Set<UTF8Key> = []

    func setEnabled(_ isEnabled: Bool) { self.isEnabled = isEnabled }

    /// - Parameter key: The key of the destination that gets events, or gets none.
    func set(_ key: String, isEnabled: Bool) {
        if isEnabled { disabledKeys.remove(UTF8Key(key)) } else { disabledKeys.insert(UTF8Key(key)) }
    }

    /// - Parameters:
    ///   - report: Told of an event that plugins left without a field that it needs.
    ///   - failed: Told of what a plugin of the client threw.
    init(
        context: JSONObject, routes: DestinationRoutes, position: PluginPosition, storages: PluginStorages,
        observers: ChangeObservers, outcomes: EventOutcomes, report: @escaping (FootfallError) -> Void,
        failed: @escaping (any Plugin, any Error) -> Void
    ) {
        self.storages = storages
        self.observers = observers
        self.outcomes = outcomes
        self.context = context
        self.routes = routes
        self.report = report
        self.position = position
        timeline.attach(Timeline.Observer(failed: failed), position)
    }

    /// A batch is given up: what its events made plugins keep is taken back.
    func undo() {
        storages.undo()
        outcomes.undo()
    }

    func takeDrops() -> [DropReason: Int64] {
        defer { drops.removeAll(keepingCapacity: true) }
        return drops
    }

    func countDrop(_ reason: DropReason, _ count: Int64 = 1) { drops[reason, default: 0] += count }

    /// An event that is not to be stored.
    struct Dropped: Error {
        let reason: DropReason
    }

    /// Runs an event through before → enrichment → closures → destinations. Throws when the
    /// event is dropped, which is counted.
    func prepare(_ event: consuming Event, _ closures: [EnrichmentClosure]) throws(Dropped) -> PreparedEvent {
        guard run(&event, closures) == .keep else {
            timeline.marker?.leave()
            throw drop(event, .plugin)
        }
        guard finish(&event) else { throw drop(event, .invalid) }
        var prepared = PreparedEvent(event: event)
        route(&prepared)
        timeline.marker?.leave()
        prepared.isObserved = timeline.observesStored || !prepared.hooks.isEmpty
        prepared.hasRow = !prepared.routes.isEmpty || !prepared.waitsFor.isEmpty || !routes.hasHadDestinations
        guard prepared.hasRow || !prepared.hooks.isEmpty else { throw drop(prepared.event, .unrouted) }
        if outcomes.isOn { prepared.messageId = prepared.event.messageId }
        return prepared
    }

    private func drop(_ event: borrowing Event, _ reason: DropReason) -> Dropped {
        countDrop(reason)
        outcomes.note(reason, of: event)
        return Dropped(reason: reason)
    }

    /// An event that the session plugin planned; `nil` when another plugin drops it, or the client
    /// is disabled.
    func prepare(planned event: Event) -> PreparedEvent? {
        guard isEnabled else { return nil }
        // The reason is counted, and no caller waits for it.
        return try? prepare(event, [])
    }

    /// Shows stored events to the plugins that see them only then.
    func show(_ events: [StoredEvent]) {
        guard !events.isEmpty else { return }
        timeline.marker?.begin(.call)
        defer { timeline.marker?.end() }
        for stored in events {
            for destination in timeline.destinations {
                if stored.hooks.contains(where: { $0 === destination }) {
                    var copy = stored.event
                    let verdict = destination.timeline.run(&copy, callsHook: true)
                    outcomes.hooked(verdict, destination.name, stored.event)
                    guard verdict == .keep else { continue }
                    destination.timeline.showAfter(copy)
                } else if let id = routes.row(of: destination.name), stored.routes.contains(id) {
                    let variant = stored.variants.first { $0.destination == id }?.event
                    destination.timeline.showAfter(variant ?? stored.event)
                }
            }
            timeline.showAfter(stored.event)
        }
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
        // A death in what follows is none of the last plugin.
        timeline.marker?.leave()
        guard !closures.isEmpty else { return .keep }
        return position.inside(PluginPosition.closures) {
            for closure in closures where position.isShut || closure(&event) == .drop { return .drop }
            return .keep
        } ?? .drop
    }

    /// Brings what plugins left of an event into the form that is sent.
    ///
    /// - Returns: false when a field is missing that the event needs, which is reported.
    private func finish(_ event: inout Event) -> Bool {
        event.normalize()
        if case .unassigned = event.identifier { event.identifier = .uuid(.random()) }
        do throws(EventReader.Problem) {
            try event.validate()
            return true
        } catch {
            report(FootfallError(.invalidEvent, "an event was dropped after its plugins: \(error)", underlying: error))
            return false
        }
    }

    private func takes(_ event: borrowing Event, _ key: String) -> Bool {
        event.isRouted(to: key) && (disabledKeys.isEmpty || !disabledKeys.contains(UTF8Key(key)))
    }

    private func route(_ prepared: inout PreparedEvent) {
        for destination in timeline.destinations where takes(prepared.event, destination.key) {
            let id = routes.row(of: destination.name)
            if id == nil, routes.isWaiting(destination.name) {
                prepared.waitsFor.insert(UTF8Key(destination.name))
                continue
            }
            guard let id else {
                if !destination.timeline.isHookOff { prepared.hooks.append(destination) }
                continue
            }
            let (chain, callsHook) = (destination.timeline, destination.usesHooks)
            if chain.isEmpty, !callsHook {
                // The destination has no plugin that could change the event, so no copy is made.
                prepared.routes.insert(id)
                chain.tookEvent()
                continue
            }
            var copy = prepared.event
            guard chain.run(&copy, callsHook: callsHook) == .keep, finish(&copy) else {
                outcomes.note(.plugin, destination: destination.name, of: prepared.event)
                continue
            }
            if !callsHook { chain.tookEvent() }
            prepared.routes.insert(id)
            prepared.variants.append((id, copy))
        }
    }

    /// Whether this process delivers to a destination of the store.
    func delivers(to name: String) -> Bool {
        timeline.destinations.contains { $0.name.isIdentical(to: name) && $0.chosenDelivery != nil }
    }

    /// The session plugin: it decides inside transactions.
    var transactionPlugin: (any TransactionPlugin)? { timeline.transactionPlugin }
}
