// SPDX-License-Identifier: MIT
import Footfall

/// The types that a configuration file may name, with the function that makes a plugin of each.
///
/// ``standard`` has the types of this package. A program adds types of its own:
///
/// ```swift
/// final class AddStore: Plugin {
///     let type = PluginType.enrichment
///     private let store: JSON
///
///     init(_ configuration: ConfigurationObject) throws(ConfigurationError) {
///         var object = configuration
///         store = .string(try object.text("store") ?? "Brixton")
///         try object.finish()
///     }
///
///     func execute(_ event: inout Event) -> Verdict {
///         event.context["store"] = store
///         return .keep
///     }
/// }
///
/// let types = PluginTypes.standard.plugin("AddStore") { try AddStore($0) }
/// let configured = try Configured(json: #"{"plugins": [{"type": "AddStore"}]}"#, types: types)
/// ```
///
/// A function gets the plugin's object in the file. The keys `type`, `enabled` and `optional`, and `key` of
/// a destination, are read already, so `finish()` accepts them. An error that is no `ConfigurationError`
/// gets the file and the line of the type.
public struct PluginTypes: Sendable {
    /// What a destination may need beside its own object.
    struct Surroundings {
        /// The key of the Segment source.
        var writeKey: String
        /// Replaces the address of Segment.
        var endpoint: String?
    }

    typealias MakePlugin = @Sendable (ConfigurationObject) throws -> any Plugin
    typealias MakeDestination = @Sendable (ConfigurationObject, Surroundings) throws -> any DestinationPlugin

    /// In the order in which messages name them.
    private var plugins: [(name: String, make: MakePlugin)] = []
    private var destinations: [(name: String, make: MakeDestination)] = []

    /// No type at all, for a program that lists its types itself.
    public init() {}

    /// Adds a type of the list `plugins`, or replaces the one of this name.
    ///
    /// - Parameters:
    ///   - name: The `type` in the file. Where a program does not know it, events wait for it under this name.
    ///   - make: Makes a new plugin of an object of the file.
    public func plugin(
        _ name: String, _ make: @escaping @Sendable (ConfigurationObject) throws -> any Plugin
    ) -> PluginTypes {
        var types = self
        types.plugins.removeAll { $0.name.isIdentical(to: name) }
        types.plugins.append((name, make))
        return types
    }

    /// Adds a type of the list `destinations`, or replaces the one of this name.
    ///
    /// - Parameters:
    ///   - name: The `type` in the file. The destination's name should be the same unless the file has a
    ///     `name`: a program that does not know the type stores events under it.
    ///   - make: Makes a new destination of an object of the file.
    public func destination(
        _ name: String, _ make: @escaping @Sendable (ConfigurationObject) throws -> any DestinationPlugin
    ) -> PluginTypes {
        destination(name) { object, _ in try make(object) }
    }

    func destination(_ name: String, _ make: @escaping MakeDestination) -> PluginTypes {
        var types = self
        types.destinations.removeAll { $0.name.isIdentical(to: name) }
        types.destinations.append((name, make))
        return types
    }

    var pluginNames: [String] { plugins.map(\.name) }
    var destinationNames: [String] { destinations.map(\.name) }

    func maker(ofPlugin type: String) -> MakePlugin? { plugins.first { $0.name.isIdentical(to: type) }?.make }

    func maker(ofDestination type: String) -> MakeDestination? {
        destinations.first { $0.name.isIdentical(to: type) }?.make
    }
}
