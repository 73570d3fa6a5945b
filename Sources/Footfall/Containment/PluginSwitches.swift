// SPDX-License-Identifier: MIT
import FootfallStore

/// Decides which plugins of a chain are left out, and whether its events have to wait for one of them. Pure.
struct PluginSwitches {
    /// The plugin that events wait for, and why.
    struct Hold: Equatable {
        var plugin: String
        var reason: SpoolHeader.Reason
    }

    /// The names of the plugins that are off, as files have them.
    var off: Set<String> = []

    /// Whether a plugin is not called.
    func leavesOut(_ plugin: any Plugin) -> Bool { isOff(plugin) || plugin is any UnknownPlugin }

    /// Whether a plugin is off because processes died in it.
    func isOff(_ plugin: any Plugin) -> Bool { !off.isEmpty && off.contains(PluginMark.name(plugin.name)) }

    /// What the events of a chain have to wait for; `nil` when they pass it.
    func hold(_ plugins: some Sequence<any Plugin>) -> Hold? {
        for plugin in plugins where leavesOut(plugin) && plugin.onFailure == .hold {
            return Hold(plugin: PluginMark.name(plugin.name), reason: isOff(plugin) ? .off : .unknown)
        }
        return nil
    }
}
