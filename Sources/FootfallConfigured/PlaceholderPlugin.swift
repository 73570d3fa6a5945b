// SPDX-License-Identifier: MIT
import Footfall

/// A plugin of a configuration file whose type this process does not know.
///
/// It is in the chain so that events wait for a process that knows the type, and do not pass the plugin by: it may be
/// the one that removes secrets.
final class PlaceholderPlugin: UnknownPlugin {
    let type = PluginType.before
    /// The type in the file.
    let name: String
    let onFailure = FailurePolicy.hold

    init(name: String) { self.name = name }
}
