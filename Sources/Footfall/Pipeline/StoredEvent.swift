// SPDX-License-Identifier: MIT

/// An event as it was stored, for the plugins that see it only then: see ``PluginType/after``
/// and ``DestinationPlugin/makeDelivery()``.
struct StoredEvent {
    var event: Event
    /// The destinations that take the event and deliver by themselves.
    var hooks: [any DestinationPlugin] = []
    /// The destinations that it is stored for.
    var routes = Routes()
    /// The event as the plugins of single destinations changed it.
    var variants: [(destination: Int64, event: Event)] = []
}
