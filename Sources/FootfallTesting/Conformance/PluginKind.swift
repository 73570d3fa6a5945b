// SPDX-License-Identifier: MIT
import Footfall

/// What the suites must know of a plugin before a client has it.
struct PluginKind: Sendable {
    let name: String
    let type: PluginType
    let isDestination: Bool
    /// Whether it is a destination that delivers from the store.
    let delivers: Bool

    init(_ plugin: any Plugin) {
        name = plugin.name
        type = plugin.type
        let destination = plugin as? any DestinationPlugin
        isDestination = destination != nil
        delivers = destination?.makeDelivery() != nil
    }

    func addProbe(_ side: ProbeSide, to analytics: Analytics, _ watch: Observations) {
        if isDestination {
            analytics.add(plugin: DestinationProbe(side, delivers: delivers, watch))
        } else {
            analytics.add(plugin: Probe(side, type, watch))
        }
    }
}
