// SPDX-License-Identifier: MIT
import Footfall
import LinuxContext
import LinuxLifecycle

/// The plugins of a configuration file that are neither the session plugin nor destinations.
package struct PluginList {
    /// Those that are enabled, in their order.
    package private(set) var enabled: [any Plugin] = []

    /// No plugin.
    package init() {}

    /// Makes the plugins.
    ///
    /// - Parameter role: A command has no lifecycle: in its role `LinuxLifecycle` is left out. With
    ///   `"context": "linux"` it has a kept context instead of `LinuxContext`, with the settings of that plugin.
    package init(
        _ file: ConfigurationFile, types: PluginTypes, role: Configuration.Role
    ) throws(ConfigurationError) {
        let keepsContext = role == .command && file.keepsContext
        var device: DeviceDescription?
        for object in file.plugins ?? [] {
            let reader = try TypeReader(object)
            guard let plugin = try plugin(reader, types) else { continue }
            if keepsContext, let plugin = plugin as? LinuxContext {
                device = device ?? plugin.device
                continue
            }
            guard reader.isEnabled else { continue }
            if role == .command, plugin is LinuxLifecycle { continue }
            enabled.append(plugin)
        }
        if keepsContext { enabled.insert(KeptContext(device ?? DeviceDescription()), at: 0) }
    }

    /// Whether the file asks for the events of the application's life.
    package var tracksLifecycle: Bool { enabled.contains { $0 is LinuxLifecycle } }

    /// - Returns: `nil` for an optional plugin whose type is not known.
    private func plugin(
        _ reader: TypeReader, _ types: PluginTypes
    ) throws(ConfigurationError) -> (any Plugin)? {
        if let make = types.maker(ofPlugin: reader.type) {
            let plugin = try reader.make(make)
            guard !(plugin is any DestinationPlugin) else {
                throw reader.object.error("type", "\(reader.type) makes a destination; register it as one")
            }
            return plugin
        }
        guard !reader.type.isIdentical(to: "AmplitudeSession") else {
            throw reader.object.error(
                "type",
                "AmplitudeSession is no plugin of this list; sessions have the key session at the top of the file")
        }
        try reader.refuseMisspelt(among: types.pluginNames, others: types.destinationNames, in: "destinations")
        guard !reader.isOptional else { return nil }
        if reader.isEnabled {
            reader.object.warn(
                "type",
                "\(reader.type) is not known to this program, which is \(FootfallVersion.name) \(FootfallVersion.current); "
                    + "its events wait for a program that knows it; \"optional\": true lets them pass")
        }
        return PlaceholderPlugin(name: reader.type)
    }
}
