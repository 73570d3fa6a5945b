// SPDX-License-Identifier: MIT

/// Where in the chain a plugin runs:
/// before → enrichment → per-call closures → destination → after.
public enum PluginType: Sendable, CaseIterable {
    /// First: may drop an event before anything is added to it.
    case before
    /// Adds to events.
    case enrichment
    /// Hands events to somebody; see ``DestinationPlugin``.
    case destination
    /// Sees what was handed over.
    case after
    /// Gets no events, only flush and reset.
    case utility
}

/// Whether an event goes on after a plugin.
public enum Verdict: Sendable {
    case keep
    /// The event ends here, and is counted as dropped.
    case drop
}

/// A link of the chain.
///
/// All its methods are called on the pipeline's thread, one event at a time, in
/// the order of the calls, and never while the store is locked: a slow plugin
/// delays storing, nothing else. It may call `analytics?.track(…)`; that event
/// comes after what is queued.
///
/// ```swift
/// final class AddStore: Plugin {
///     let type = PluginType.enrichment
///     func execute(_ event: inout Event) -> Verdict {
///         event.context["store"] = "Brixton"
///         return .keep
///     }
/// }
/// analytics.add(plugin: AddStore())
/// ```
public protocol Plugin: AnyObject, SendableMetatype {
    var type: PluginType { get }
    /// Called once, before the first event. Keep `analytics` weakly.
    func configure(analytics: Analytics)
    /// Changes an event in place, or drops it.
    func execute(_ event: inout Event) -> Verdict
    /// Called once, when it was removed or the client is closed.
    func shutdown()
}

extension Plugin {
    public func configure(analytics: Analytics) {}
    public func execute(_ event: inout Event) -> Verdict { .keep }
    public func shutdown() {}
}

/// A plugin with a method for each type of event.
public protocol EventPlugin: Plugin {
    func track(_ event: inout Event) -> Verdict
    func identify(_ event: inout Event) -> Verdict
    func screen(_ event: inout Event) -> Verdict
    func page(_ event: inout Event) -> Verdict
    func group(_ event: inout Event) -> Verdict
    func alias(_ event: inout Event) -> Verdict
    /// The identity was reset.
    func reset()
    /// A flush was asked for.
    func flush()
}

extension EventPlugin {
    public func track(_ event: inout Event) -> Verdict { .keep }
    public func identify(_ event: inout Event) -> Verdict { .keep }
    public func screen(_ event: inout Event) -> Verdict { .keep }
    public func page(_ event: inout Event) -> Verdict { .keep }
    public func group(_ event: inout Event) -> Verdict { .keep }
    public func alias(_ event: inout Event) -> Verdict { .keep }
    public func reset() {}
    public func flush() {}

    public func execute(_ event: inout Event) -> Verdict { dispatch(&event) }

    /// Calls the method for the event's type.
    func dispatch(_ event: inout Event) -> Verdict {
        switch event.type {
        case .track: track(&event)
        case .identify: identify(&event)
        case .screen: screen(&event)
        case .page: page(&event)
        case .group: group(&event)
        case .alias: alias(&event)
        }
    }
}

/// Changes one event, or drops it: given with a call, or standing in the chain.
public typealias EnrichmentClosure = @Sendable (_ event: inout Event) -> Verdict
