// SPDX-License-Identifier: MIT

extension DeliveryRequest {
    /// The value of an `Authorization` header with a name and a password (RFC 7617).
    ///
    ///     headers.append(("Authorization", DeliveryRequest.basicAuthorization(user: writeKey, password: "")))
    ///
    /// - Parameters:
    ///   - user: Has no colon: what follows one is read as a part of the password.
    ///   - password: May be empty.
    public static func basicAuthorization(user: String, password: String) -> String {
        "Basic \(base64(Array("\(user):\(password)".utf8)))"
    }

    /// RFC 4648, with padding.
    static func base64(_ bytes: [UInt8]) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let value = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
            for place in 0..<4 {
                text.append(place <= group.count ? alphabet[value >> (18 - 6 * place) & 63] : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
