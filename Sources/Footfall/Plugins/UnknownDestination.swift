// SPDX-License-Identifier: MIT

/// A destination of a configuration file whose type this process does not know.
///
/// It has its row in the store, so that events are stored for it. A process that knows the type
/// delivers them.
package final class UnknownDestination: DestinationPlugin {
    package let name: String
    /// As the file says, or a guess; a process that knows the type corrects it in the store.
    package let key: String
    package let timeline = Timeline()
    package let usesHooks = false
    /// The `type` in the file.
    package let unknownType: String

    package init(type: String, name: String, key: String) {
        unknownType = type
        self.name = name
        self.key = key
    }

    /// Reports that this process does not deliver. A command prints a warning of its own.
    package func configure(analytics: Analytics) {
        guard analytics.configuration.role != .command else { return }
        analytics.report(
            FootfallError(
                .invalidConfiguration,
                "\(name): the destination type \(unknownType) is not known to this program; events are stored for a program that knows it"
            ))
    }

    /// None: this process cannot deliver.
    package func makeDelivery() -> (any Delivery)? { nil }
}

extension DestinationPlugin {
    /// Whether events are stored for the destination.
    var hasRow: Bool { self is UnknownDestination || chosenDelivery != nil }
}

extension DestinationRegistrar.Wanted {
    init(_ destination: any DestinationPlugin) {
        self.init(
            name: destination.name, key: destination.key, isKeyKnown: !(destination is UnknownDestination))
    }
}
