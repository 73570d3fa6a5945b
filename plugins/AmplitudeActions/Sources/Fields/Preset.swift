// SPDX-License-Identifier: MIT
import FootfallJSON

/// A mapping that comes with the destination.
package struct Preset: Sendable {
    package var name: String
    package var subscribe: String
    /// The name of an action. A name that is no ``AmplitudeAction`` does nothing.
    package var action: String
    package var mapping: JSONObject

    init(_ name: String, _ subscribe: String, _ action: AmplitudeAction, _ changes: JSONObject = [:]) {
        self.name = name
        self.subscribe = subscribe
        self.action = action.rawValue
        mapping = action.defaultMapping
        mapping.merge(changes)
    }

    private init(browserSessions name: String) {
        self.name = name
        subscribe = ["track", "identify", "group", "page", "alias"].map { "type = \"\($0)\"" }
            .joined(separator: " or ")
        action = "sessionId"
        mapping = [:]
    }

    /// The six presets of the original, in its order. The last one works in browsers only.
    package static let original = [
        Preset(
            "Track Calls", "type = \"track\" and event != \"Order Completed\"", .logEventV2),
        Preset("Order Completed Calls", "type = \"track\" and event = \"Order Completed\"", .logPurchase),
        Preset("Page Calls", "type = \"page\"", .logEventV2, viewed),
        Preset("Screen Calls", "type = \"screen\"", .logEventV2, viewed),
        Preset("Identify Calls", "type = \"identify\"", .identifyUser),
        Preset(browserSessions: "Browser Session Tracking"),
    ]

    /// The presets of a configuration without `mappings`: those of the original, and alias calls.
    package static let standard = Array(original.dropLast()) + [alias]

    /// A preset for alias calls; the original has none.
    package static let alias = Preset("Alias Calls", AmplitudeAction.mapUser.defaultTrigger, .mapUser)

    /// A preset for group calls; the original has none.
    ///
    /// - Parameters:
    ///   - type: The group's type, as a text or as part of a mapping.
    ///   - value: The group's value, as a text or as part of a mapping.
    package static func group(type: JSON, value: JSON) -> Preset {
        Preset(
            "Group Calls", AmplitudeAction.groupIdentifyUser.defaultTrigger, .groupIdentifyUser,
            ["group_type": type, "group_value": value])
    }

    private static let viewed: JSONObject = ["event_type": ["@template": "Viewed {{name}}"]]
}
