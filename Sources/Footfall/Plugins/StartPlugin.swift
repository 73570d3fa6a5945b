// SPDX-License-Identifier: MIT

/// A plugin whose events at a start come before every event that the host calls.
///
/// A client starts with its first event, reset, flush or other call but `add`, or a second
/// after its first plugin was added. So all plugins that were added before see the events of
/// a start. A plugin that is added later starts at once. If the store cannot be read at the
/// start, the events follow as soon as it can be, with the time of the start.
///
/// The events may depend on values that earlier starts stored. All members are used on the
/// pipeline's thread. In a child of fork() no plugin starts: the start is the parent's. So a
/// program that calls daemon() makes its client afterwards.
@_spi(System)
public protocol StartPlugin: Plugin {
    /// The keys of the store's key-value table that ``start(_:at:)`` needs.
    var storedKeys: [String] { get }
    /// Called once, after ``Plugin/configure(analytics:)``.
    ///
    /// - Parameters:
    ///   - values: The stored values, without the keys that the store does not have.
    ///   - moment: When the client was made, or when the plugin was added to a client that had
    ///     started.
    /// - Returns: events and values, which are stored in one transaction.
    func start(_ values: [String: String], at moment: Moment) -> PluginStart
    /// What ``start(_:at:)`` returned is stored. The default does nothing.
    ///
    /// A process that dies before that has stored none of it.
    func started()
}

@_spi(System)
extension StartPlugin {
    /// Does nothing.
    public func started() {}
}

/// What a ``StartPlugin`` wants stored, in one transaction.
@_spi(System)
public struct PluginStart: Sendable {
    /// The events, in their order.
    public var events: [Event]
    /// Values for the store's key-value table.
    public var values: [String: String]

    /// Stores these events and values; the default is nothing.
    public init(events: [Event] = [], values: [String: String] = [:]) {
        self.events = events
        self.values = values
    }
}
