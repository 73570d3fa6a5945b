// SPDX-License-Identifier: MIT
import FootfallJSON

/// Finds values that Amplitude cuts, leaves out or refuses. It changes nothing.
struct PropertyLimits {
    /// The most levels of objects.
    static let maximumDepth = 40
    static let maximumGroups = 5
    /// The most characters of a text.
    static let maximumLength = 1_024

    /// The most warnings for one item of a call, so that a hostile event does not cause a long
    /// list.
    static let maximumWarnings = 20

    private(set) var warnings: [LimitWarning] = []

    mutating func check(_ item: JSONObject) {
        for member in item.members {
            switch member.value {
            case .string(let text) where text.utf8.count > Self.maximumLength: check(text, [member.key])
            case .object(let object):
                if member.key == "groups", object.count > Self.maximumGroups {
                    warn([member.key], "Amplitude takes \(Self.maximumGroups) groups, there are \(object.count)")
                }
                check(object, [member.key], depth: 1)
            case .array(let elements): check(elements, [member.key], depth: 1)
            default: break
            }
        }
    }

    private mutating func check(_ object: JSONObject, _ path: [String], depth: Int) {
        guard depth <= Self.maximumDepth else {
            return warn(path, "Amplitude takes \(Self.maximumDepth) levels of objects, there are more")
        }
        for member in object.members { check(member.value, member.key, path, depth) }
    }

    private mutating func check(_ value: JSON, _ key: String, _ path: [String], _ depth: Int) {
        switch value {
        // Most texts are short; the path is built for the others only.
        case .string(let text) where text.utf8.count > Self.maximumLength: check(text, path + [key])
        case .object(let object): check(object, path + [key], depth: depth + 1)
        case .array(let elements): check(elements, path + [key], depth: depth + 1)
        default: break
        }
    }

    /// Checks a list. Lists of objects, as in `products`, are allowed; lists in lists are not.
    private mutating func check(_ elements: [JSON], _ path: [String], depth: Int) {
        for (index, element) in elements.enumerated() {
            if case .array = element {
                return warn(path, "Amplitude takes lists of one dimension, there is a list in this one")
            }
            check(element, "\(index)", path, depth)
        }
    }

    private mutating func check(_ text: String, _ path: [String]) {
        guard text.utf8.count > Self.maximumLength, text.unicodeScalars.count > Self.maximumLength else { return }
        warn(path, "Amplitude takes texts of \(Self.maximumLength) characters, this one has more")
    }

    private mutating func warn(_ path: [String], _ rule: String) {
        guard warnings.count < Self.maximumWarnings else { return }
        warnings.append(LimitWarning(field: path.prefix(8).joined(separator: "."), rule: rule))
    }
}
