// SPDX-License-Identifier: MIT
import FootfallJSON

enum AmplitudeActionsCase {
    static func difference(_ example: JSONObject) -> String? { "not yet" }
}
