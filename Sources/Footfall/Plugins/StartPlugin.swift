// SPDX-License-Identifier: MIT

/// A plugin that has something to say before every event called after it was
/// added, by what it knows from earlier starts.
@_spi(System)
public protocol StartPlugin: Plugin {
    /// The keys of the key-value store that ``start(_:at:)`` wants to know.
    var storedKeys: [String] { get }
    /// Called once, after `configure`. What it returns is stored together.
    ///
    /// - Parameters:
    ///   - values: The stored values, without the keys that the store does not have.
    ///   - moment: Now.
    func start(_ values: [String: String], at moment: Moment) -> PluginStart
}

/// What a ``StartPlugin`` wants stored.
@_spi(System)
public struct PluginStart: Sendable {
    public var events: [Event]
    /// Set in the key-value store, in the transaction of the events.
    public var values: [String: String]

    public init(events: [Event] = [], values: [String: String] = [:]) {
        self.events = events
        self.values = values
    }
}
