// SPDX-License-Identifier: MIT
import FootfallJSON

/// The ids that Amplitude accepts.
enum Identifiers {
    /// Amplitude refuses shorter ids, unless the request has another minimum.
    static let minimumLength = 5

    /// Placeholders that Amplitude refuses as ids, in upper or lower case.
    private static let refused: Set<String> = [
        "", "anonymous", "nil", "none", "null", "n/a", "na", "undefined", "unknown", "{}", "[]", "0", "-1", "lmy47d",
        "00000000-0000-0000-0000-000000000000",
    ]

    /// Why Amplitude refuses an id; `nil` when it accepts the id.
    static func problem(_ id: String, minimumLength given: Int64?) -> String? {
        if isShort(id), refused.contains(id.lowercased()) { return "Amplitude takes no id \"\(id)\"" }
        let least = given.map { Int(clamping: $0) } ?? minimumLength
        guard id.unicodeScalars.count < least else { return nil }
        return "Amplitude takes no id of fewer than \(counted(least, "character")); min_id_length allows them"
    }

    /// Whether an id is short enough to be a placeholder; nearly none is.
    private static func isShort(_ id: String) -> Bool {
        id.utf8.count < 12 || id.utf8.count == 36 && id.utf8.first == 0x30
    }

    /// Removes an id that Amplitude refuses, if the other id is good.
    ///
    /// - Returns: a warning about the removed id.
    /// - Throws: ``ActionFailure/refused(_:)`` when no good id is left.
    static func keepGood(_ item: inout JSONObject, minimumLength: Int64?) throws(ActionFailure) -> [LimitWarning] {
        var warnings: [LimitWarning] = []
        var good = 0
        for key in ["user_id", "device_id"] {
            guard let id = item[key]?.stringValue else { continue }
            if let problem = problem(id, minimumLength: minimumLength) {
                warnings.append(LimitWarning(field: key, rule: problem))
                item[key] = nil
            } else {
                good += 1
            }
        }
        guard good == 0 else { return warnings }
        let reason = warnings.isEmpty ? "there is neither a user_id nor a device_id" : "there is no other good id"
        throw .refused((warnings.map(\.description) + [reason]).joined(separator: "; "))
    }

    /// Checks a mapping of users, which needs both ids.
    static func checkMapping(_ item: JSONObject, minimumLength: Int64?) throws(ActionFailure) {
        for key in ["user_id", "global_user_id"] {
            guard let id = item[key]?.stringValue else {
                throw .refused("\(key) is missing; a mapping of users needs both")
            }
            if let problem = problem(id, minimumLength: minimumLength) { throw .refused("\(key): \(problem)") }
        }
    }
}
