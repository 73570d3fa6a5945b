// SPDX-License-Identifier: MIT
import FootfallJSON

/// A request to Amplitude, ready to be sent.
package struct AmplitudeRequest: Sendable {
    /// The body's form and content.
    package enum Content: Sendable {
        case none
        case json(JSONObject)
        /// A form's pairs, in their order.
        case form([(name: String, value: String)])
    }

    /// `POST` or `GET`.
    package var method: String
    package var url: String
    /// The `Authorization` header; `nil` for none.
    package var authorization: String?
    package var content: Content

    /// The `Content-Type` header; `nil` without a body.
    package var contentType: String? {
        switch content {
        case .none: nil
        case .json: "application/json"
        case .form: "application/x-www-form-urlencoded;charset=UTF-8"
        }
    }

    /// The request as it may be shown: without keys, and without a password in the address.
    package var withoutKeys: AmplitudeRequest {
        var shown = self
        shown.url = ShownText.withoutPasswords(url)
        if authorization != nil { shown.authorization = Self.hidden }
        switch content {
        case .none: break
        case .json(var object):
            if object["api_key"] != nil { object["api_key"] = .string(Self.hidden) }
            shown.content = .json(object)
        case .form(let pairs):
            shown.content = .form(pairs.map { $0.name == "api_key" ? ($0.name, Self.hidden) : $0 })
        }
        return shown
    }

    private static let hidden = "***"

    /// The body's bytes.
    package var body: [UInt8] {
        switch content {
        case .none: return []
        case .json(let object):
            var buffer = ByteBuffer(capacity: 1024)
            buffer.append(json: object)
            return buffer.array()
        case .form(let pairs): return FormEncoding.body(pairs)
        }
    }
}
