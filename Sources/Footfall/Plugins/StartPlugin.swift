// SPDX-License-Identifier: MIT

/// A plugin whose events at a start come before every event that is called after
/// the plugin was added.
///
/// It may depend on values that earlier starts stored. All members are used on the
/// pipeline's thread.
@_spi(System)
public protocol StartPlugin: Plugin {
    /// The keys of the store's key-value table that ``start(_:at:)`` needs.
    var storedKeys: [String] { get }
    /// Called once, after ``Plugin/configure(analytics:)``.
    ///
    /// - Parameters:
    ///   - values: The stored values, without the keys that the store does not have.
    ///   - moment: Now.
    /// - Returns: events and values, which are stored in one transaction.
    func start(_ values: [String: String], at moment: Moment) -> PluginStart
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
