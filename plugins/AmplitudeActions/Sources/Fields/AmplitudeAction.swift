// SPDX-License-Identifier: MIT
import FootfallJSON

/// The actions of Segment's *Amplitude (Actions)* destination.
package enum AmplitudeAction: String, CaseIterable, Sendable {
    /// Log Event: an event, with campaign and referrer among the user's properties.
    case logEvent
    /// Log Event V2: an event, with properties of the user to set once, set and add to.
    case logEventV2
    /// Log Purchase: an event with its revenue, and one event for each product.
    case logPurchase
    /// Identify User: the properties of a user, without an event.
    case identifyUser
    /// Group Identify User: the group of a user, and the properties of that group.
    case groupIdentifyUser
    /// Map User: another id for a user.
    case mapUser

    var fields: [Field] {
        switch self {
        case .logEvent: Self.logEventFields
        case .logEventV2: Self.logEventV2Fields
        case .logPurchase: Self.logPurchaseFields
        case .identifyUser: Self.identifyUserFields
        case .groupIdentifyUser: Self.groupIdentifyUserFields
        case .mapUser: Self.mapUserFields
        }
    }

    /// The trigger of a mapping without `subscribe`.
    package var defaultTrigger: String {
        switch self {
        case .logEvent, .logEventV2, .logPurchase: "type = \"track\""
        case .identifyUser: "type = \"identify\""
        case .groupIdentifyUser: "type = \"group\""
        case .mapUser: "type = \"alias\""
        }
    }

    /// The mapping with the default of every field.
    package var defaultMapping: JSONObject {
        var mapping = JSONObject()
        for field in fields {
            if let value = self == .mapUser ? DefaultValue.mapUser(field.key) : DefaultValue.of(field.key) {
                mapping[field.key.name] = value
            }
        }
        return mapping
    }
}
