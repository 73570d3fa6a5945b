// SPDX-License-Identifier: MIT

/// Where in the chain a plugin runs.
///
/// Each event passes `before`, then `enrichment`, then the closures of its call, then the
/// destinations. `after` sees it once it is stored.
public enum PluginType: Sendable, CaseIterable {
    /// Runs first; may drop an event before anything is added to it.
    ///
    /// The event's `context` has only what its call gave. What the client adds, `library` and `app`,
    /// comes behind these plugins, so they can neither see nor remove it; an enrichment can.
    case before
    /// Adds to events or changes them.
    case enrichment
    /// Delivers events; see ``DestinationPlugin``.
    case destination
    /// Sees each stored event, with its session, behind the markers that belong before it.
    ///
    /// What it changes and returns has no effect. Each event is shown once, in the order of
    /// the store; a process that dies between the transaction and the plugin does not show
    /// it again.
    case after
    /// Gets no events.
    case utility
}

/// Whether an event goes on after a plugin.
public enum Verdict: Sendable {
    /// The event goes on to the next plugin.
    case keep
    /// The event ends here and is counted in ``Counters/dropped``, reason ``DropReason/plugin``.
    ///
    /// From a destination or one of its own plugins, the event ends for this destination alone. It
    /// is stored for the others, and not counted in ``Counters/dropped``.
    case drop
}

/// A link of the chain that every event passes.
///
/// - **Thread**: every method is called on the pipeline's thread, one at a time.
///   A plugin needs no lock for state that only its methods use.
/// - **Order**: events arrive in the order of the calls that made them.
///   ``configure(analytics:)`` comes first, ``shutdown()`` last.
/// - **Time**: a slow plugin delays storing and delivering, but no call of the
///   host: `track` has returned by then. No lock of the store is held.
/// - **Errors**: a plugin cannot throw. It reports problems with
///   ``Analytics/report(_:)`` and returns ``Verdict/keep`` or ``Verdict/drop``.
/// - **Calls**: a plugin may call `track` and the other calls of the client; such an
///   event comes after those that are queued already. Calls that wait, such as
///   ``Analytics/flush(timeout:)``, report ``FootfallError/Code/wouldDeadlock``.
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
    /// The plugin's name in errors, in `footfall status` and in the names of files.
    ///
    /// It never changes, also not over restarts. The default is the name of the type.
    var name: String { get }
    /// The plugin's version, for `footfall status`. The default is `nil`.
    var version: String? { get }
    /// What becomes of events while the plugin is switched off because the process died in it
    /// again and again.
    ///
    /// The default is ``FailurePolicy/hold`` for a plugin of the type ``PluginType/before``, such
    /// as one that removes secrets, and ``FailurePolicy/pass`` for all others.
    var onFailure: FailurePolicy { get }
    /// Where in the chain the plugin runs; it never changes.
    var type: PluginType { get }
    /// Called once, before the first event. Keep `analytics` weakly: the client
    /// owns the plugin.
    func configure(analytics: Analytics)
    /// Changes an event in place, or drops it.
    func execute(_ event: inout Event) -> Verdict
    /// Called once, when the plugin was removed or the client is closed.
    func shutdown()
}

/// What becomes of events while a plugin is switched off; see ``Plugin/onFailure``.
public enum FailurePolicy: Sendable {
    /// The events wait in files until a process can run the plugin.
    case hold
    /// The events go on without the plugin.
    case pass
}

extension Plugin {
    /// The name of the type.
    public var name: String { "\(Swift.type(of: self))" }
    /// `nil`.
    public var version: String? { nil }
    /// ``FailurePolicy/hold`` for a plugin of the type ``PluginType/before``, else ``FailurePolicy/pass``.
    public var onFailure: FailurePolicy { type == .before ? .hold : .pass }
    /// Does nothing.
    public func configure(analytics: Analytics) {}
    /// Keeps the event as it is.
    public func execute(_ event: inout Event) -> Verdict { .keep }
    /// Does nothing.
    public func shutdown() {}
}

/// A plugin with a method for each type of event.
///
/// Thread and order are those of ``Plugin``. Each method keeps the event as it
/// is by default; implement those that you need.
public protocol EventPlugin: Plugin {
    /// Changes or drops a track event.
    func track(_ event: inout Event) -> Verdict
    /// Changes or drops an identify event.
    func identify(_ event: inout Event) -> Verdict
    /// Changes or drops a screen event.
    func screen(_ event: inout Event) -> Verdict
    /// Changes or drops a page event.
    func page(_ event: inout Event) -> Verdict
    /// Changes or drops a group event.
    func group(_ event: inout Event) -> Verdict
    /// Changes or drops an alias event.
    func alias(_ event: inout Event) -> Verdict
    /// Called after ``Analytics/reset()``, in its place among the events.
    func reset()
    /// Called when the host asked for a flush, after the events called before it.
    func flush()
}

extension EventPlugin {
    /// Keeps the event as it is.
    public func track(_ event: inout Event) -> Verdict { .keep }
    /// Keeps the event as it is.
    public func identify(_ event: inout Event) -> Verdict { .keep }
    /// Keeps the event as it is.
    public func screen(_ event: inout Event) -> Verdict { .keep }
    /// Keeps the event as it is.
    public func page(_ event: inout Event) -> Verdict { .keep }
    /// Keeps the event as it is.
    public func group(_ event: inout Event) -> Verdict { .keep }
    /// Keeps the event as it is.
    public func alias(_ event: inout Event) -> Verdict { .keep }
    /// Does nothing.
    public func reset() {}
    /// Does nothing.
    public func flush() {}

    /// Calls the method for the event's type.
    public func execute(_ event: inout Event) -> Verdict {
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

/// A function that changes one event in place, or drops it.
///
/// Given with a call it sees that event after all enrichment plugins; given to
/// ``Analytics/add(enrichment:)`` it sees every event. It runs on the pipeline's thread.
public typealias EnrichmentClosure = @Sendable (_ event: inout Event) -> Verdict
