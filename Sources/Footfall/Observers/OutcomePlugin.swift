// SPDX-License-Identifier: MIT

/// What became of an event; see ``OutcomePlugin``.
public enum EventOutcome: Sendable, Equatable {
    /// The event is in the store. More follows for each of its destinations.
    case stored
    /// The event is not delivered, for this reason: to one destination, or with `nil` to none.
    ///
    /// A destination's own plugin that drops an event drops it for that destination.
    case dropped(DropReason, destination: String?)
    /// This process delivered the event to a destination.
    case delivered(destination: String)
    /// A destination refused the event, for this reason. It is a dead letter.
    case deadLettered(String, destination: String)
    /// This process does not follow the event to this destination any more: another process
    /// delivers to it, this process ends before, or 5,000 other events wait.
    case leftToAnother(destination: String)
}

/// A plugin that hears what becomes of each event.
///
/// ```swift
/// final class Receipts: OutcomePlugin {
///     let type = PluginType.utility
///     func outcome(_ outcome: EventOutcome, of messageId: String) {
///         if case .delivered(let destination) = outcome { print("\(messageId) is at \(destination)") }
///     }
/// }
/// ```
///
/// An event has exactly one outcome besides ``EventOutcome/stored`` at each destination that takes
/// it, or one ``EventOutcome/dropped(_:destination:)`` for all. Session markers are events too.
///
/// - **Thread**: the pipeline's, as for every ``Plugin``; what was delivered is told a moment
///   later.
/// - **Time**: an outcome is told when its transaction is stored. A batch that is tried again is
///   told once.
/// - **Restarts**: an event that an earlier process left in the store is not followed. One that
///   it left in its spool is.
/// - **Not told**: an event that is refused before it reaches the plugins, because it has no
///   name, the queue is full or the user opted out, and one that is held for a plugin, as long as
///   it is held. A destination without a delivery counts as
///   ``EventOutcome/delivered(destination:)`` when its hook kept the event.
///
/// While no such plugin is there, ids are not kept.
public protocol OutcomePlugin: Plugin {
    /// What became of the event with this `messageId`.
    func outcome(_ outcome: EventOutcome, of messageId: String)
}
