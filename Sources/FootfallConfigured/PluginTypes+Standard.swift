// SPDX-License-Identifier: MIT
import AmplitudeActions
import FileDestination
import Footfall
import LinuxContext
import LinuxLifecycle
import SegmentDestination
import WebhookDestination

extension PluginTypes {
    /// The plugins `LinuxContext` and `LinuxLifecycle`, and the destinations `segment`, `amplitude`,
    /// `webhook` and `file`.
    ///
    /// Sessions are no type: the key `session` of the file configures them.
    public static let standard = PluginTypes()
        .plugin("LinuxContext") { try LinuxContext($0) }
        .plugin("LinuxLifecycle") { try LinuxLifecycle($0) }
        .destination("segment") { object, surroundings in
            try SegmentDestination(object, writeKey: surroundings.writeKey, endpoint: surroundings.endpoint)
        }
        .destination("amplitude") { try AmplitudeActions($0) }
        .destination("webhook") { try WebhookDestination($0) }
        .destination("file") { try FileDestination($0) }
}
