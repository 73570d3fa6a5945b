// SPDX-License-Identifier: MIT
import FootfallJSON

extension DeliveryRequest {
    /// The value of an `Authorization` header with a name and a password (RFC 7617).
    ///
    ///     headers.append(("Authorization", DeliveryRequest.basicAuthorization(user: writeKey, password: "")))
    ///
    /// - Parameters:
    ///   - user: Must not contain a colon: the server takes what follows it for the password.
    ///   - password: May be empty.
    public static func basicAuthorization(user: String, password: String) -> String {
        "Basic \(Base64.encode(Array("\(user):\(password)".utf8)))"
    }
}
