// SPDX-License-Identifier: MIT

/// Decides whether a client can use a plugin. Pure.
///
/// What a client cannot use is an error that names the plugin. Otherwise it would be in the
/// chain and do nothing.
struct PluginRules {
    /// The plugins that the client has.
    let plugins: [any Plugin]

    /// Why a plugin is not added to the client; `nil` if it is.
    func problem(adding plugin: any Plugin) -> String? {
        if let problem = Self.problemOfType(plugin) { return problem }
        if plugin is any TransactionPlugin, let other = plugins.first(where: { $0 is any TransactionPlugin }) {
            return """
                \(Self.name(plugin)) was not added: \(Self.name(other)) decides about sessions already; remove one of them
                """
        }
        guard let destination = plugin as? any DestinationPlugin else { return nil }
        let others = plugins.compactMap { $0 as? any DestinationPlugin }
        if others.count >= Limits.destinations {
            return """
                the destination \(destination.name) is one too many and was not added: a store has room for \(Limits.destinations)
                """
        }
        if others.contains(where: { $0.name.isIdentical(to: destination.name) }) {
            return "a destination called \(destination.name) is there already; give this one another name"
        }
        return nil
    }

    /// Why a plugin is not added to a destination's own chain; `nil` if it is.
    static func problem(adding plugin: any Plugin, to destination: any DestinationPlugin) -> String? {
        if plugin is any DestinationPlugin || plugin.type == .destination {
            return """
                \(name(plugin)) was not added to \(destination.name): a destination has no destinations; add it to the client
                """
        }
        if plugin is any TransactionPlugin {
            return """
                \(name(plugin)) was not added to \(destination.name): it decides for all destinations; add it to the client
                """
        }
        return nil
    }

    private static func problemOfType(_ plugin: any Plugin) -> String? {
        let isDestination = plugin is any DestinationPlugin
        guard isDestination != (plugin.type == .destination) else { return nil }
        return isDestination
            ? "\(name(plugin)) was not added: it is a DestinationPlugin, so its type must be .destination"
            : "\(name(plugin)) was not added: its type is .destination, but it is no DestinationPlugin; make it one"
    }

    private static func name(_ plugin: any Plugin) -> String {
        plugin is any DestinationPlugin ? "\(Swift.type(of: plugin))" : plugin.name
    }
}
