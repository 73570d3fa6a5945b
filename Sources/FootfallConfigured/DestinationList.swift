// SPDX-License-Identifier: MIT
import Footfall
import FootfallJSON
import SegmentDestination

/// The destinations of a configuration file.
package struct DestinationList {
    /// Those that are enabled, in their order.
    package private(set) var enabled: [any DestinationPlugin] = []
    /// The names of the others.
    package private(set) var disabled: [String] = []

    /// No destination.
    package init() {}

    /// Makes the destinations. A file without `destinations` has Segment, if there is a write key.
    ///
    /// - Parameters:
    ///   - writeKey: The key of the Segment source.
    ///   - endpoint: Replaces the address of Segment.
    package init(
        _ file: ConfigurationFile, types: PluginTypes, writeKey: String, endpoint: String? = nil
    ) throws(ConfigurationError) {
        guard let objects = file.destinations else {
            guard !writeKey.isEmpty else { return }
            let address = endpoint ?? SegmentDestination.defaultEndpoint
            enabled = [SegmentDestination(endpoint: address, writeKey: writeKey)]
            return
        }
        let surroundings = PluginTypes.Surroundings(writeKey: writeKey, endpoint: endpoint)
        var names: Set<UTF8Key> = []
        for object in objects {
            var reader = try TypeReader(object)
            guard let destination = try destination(&reader, types, surroundings) else { continue }
            guard reader.isEnabled else {
                disabled.append(destination.name)
                continue
            }
            try Self.check(destination.name, object)
            guard names.insert(UTF8Key(destination.name)).inserted else {
                throw object.error("name", "two destinations are called \(destination.name); rename one")
            }
            enabled.append(destination)
        }
        guard enabled.count <= Limits.destinations else {
            throw file.error(
                "destinations",
                "\(enabled.count) are configured, but a store has room for \(Limits.destinations); remove some")
        }
    }

    /// The destinations that this process can deliver to.
    package var deliverable: [any DestinationPlugin] { enabled.filter { !($0 is UnknownDestination) } }

    /// The destinations whose type is not known.
    package var unknown: [UnknownDestination] { enabled.compactMap { $0 as? UnknownDestination } }

    /// - Returns: `nil` for an optional destination whose type is not known.
    private func destination(
        _ reader: inout TypeReader, _ types: PluginTypes, _ surroundings: PluginTypes.Surroundings
    ) throws(ConfigurationError) -> (any DestinationPlugin)? {
        let key = try reader.name("key")
        if let make = types.maker(ofDestination: reader.type) {
            let destination = try reader.make { try make($0, surroundings) }
            if let key, !key.isIdentical(to: destination.key) {
                reader.object.warn("key", "\(key) has no effect: for \(reader.type) it is \(destination.key)")
            }
            return destination
        }
        try reader.refuseMisspelt(among: types.destinationNames, others: types.pluginNames, in: "plugins")
        guard !reader.isOptional else { return nil }
        let name = try reader.name("name") ?? reader.type
        if reader.isEnabled {
            reader.object.warn(
                "type",
                "\(reader.type) is not known to this program, which is \(FootfallVersion.name) \(FootfallVersion.current); "
                    + "events are stored for a program that knows it")
        }
        return UnknownDestination(type: reader.type, name: name, key: key ?? name)
    }

    /// The name becomes part of a file name and a key in `integrations`, and it is printed.
    private static func check(_ name: String, _ object: ConfigurationObject) throws(ConfigurationError) {
        let isPlain = !name.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F }
        guard !name.isBlank, name.lowercased() != "all", name.utf8.count <= 60, isPlain else {
            throw object.error("name", "it must have 1 to 60 bytes, without control characters, and must not be All")
        }
    }
}
