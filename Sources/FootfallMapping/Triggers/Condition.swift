// SPDX-License-Identifier: MIT
import FootfallJSON

/// One condition of a trigger, as it was parsed.
struct Condition: Sendable {
    /// The part of the event that a condition tests.
    enum Subject: String, Sendable {
        case type = "event-type"
        case event
        case name
        case userId
        case property = "event-property"
        case trait = "event-trait"
        case context = "event-context"

        /// The subject that a field's first part names.
        init?(field: String) {
            switch field {
            case "type": self = .type
            case "event", "name", "userId": self.init(rawValue: field)
            case "properties": self = .property
            case "traits": self = .trait
            case "context": self = .context
            default: return nil
            }
        }

        /// The key of the object with the properties, traits or context; `nil` for other subjects.
        var root: String? {
            switch self {
            case .property: "properties"
            case .trait: "traits"
            case .context: "context"
            default: nil
            }
        }
    }

    var subject: Subject
    /// The path below the subject, for properties, traits and context.
    var name: String?
    var operation: String
    var value: JSON?

    /// The condition as JSON, for `footfall explain` and tests.
    var tree: JSON {
        var object: JSONObject = ["type": .string(subject.rawValue)]
        if let name { object["name"] = .string(name) }
        object["operator"] = .string(operation)
        if let value { object["value"] = value }
        return .object(object)
    }

    var path: Path {
        switch subject {
        case .type: return Path(keys: ["type"])
        case .event, .name, .userId: return Path(keys: [subject.rawValue])
        case .property, .trait, .context:
            let pieces = (name ?? "").unicodeScalars.split { ".[]".unicodeScalars.contains($0) }.map(String.init)
            return Path(keys: [subject.root ?? ""] + pieces)
        }
    }
}
