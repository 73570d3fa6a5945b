// SPDX-License-Identifier: MIT
import AmplitudeActions
import FootfallJSON

/// `{input: [[key, value]…], body}`.
enum FormEncodingCase {
    static func difference(_ example: JSONObject) -> String? {
        let pairs = (example["input"]?.arrayValue ?? []).compactMap { pair -> (name: String, value: String)? in
            guard let pair = pair.arrayValue, pair.count == 2, let name = pair[0].stringValue,
                let value = pair[1].stringValue
            else { return nil }
            return (name, value)
        }
        let body = String(decoding: FormEncoding.body(pairs), as: UTF8.self)
        return Conformance.difference("body", example["body"], .string(body))
    }
}
