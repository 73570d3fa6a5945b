// SPDX-License-Identifier: MIT
import FootfallJSON
import FootfallMapping

/// `{fql, event, expect, ast? | error? | throws?}`.
enum FQLCase {
    static func difference(_ example: JSONObject) -> String? {
        do throws(TriggerError) {
            let trigger = try Trigger(compiling: example["fql"]?.stringValue ?? "")
            if let error = example["error"] { return "it is read, expected is the error \(error.text)" }
            let matches = trigger.matches(example["event"] ?? [:])
            return Conformance.difference("match", example["expect"], .bool(matches))
                ?? example["ast"].flatMap { Conformance.difference("tree", $0, trigger.tree) }
        } catch {
            return example["error"] == nil ? "it is refused: \(error)" : nil
        }
    }
}
