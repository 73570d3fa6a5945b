// SPDX-License-Identifier: MIT
import FootfallJSON

/// The `Authorization: Basic` header, whose user is the write key.
enum BasicAuthorization {
    /// The user of a header's value; `nil` when it is no Basic authorization.
    static func user(of header: String) -> String? {
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "basic", let bytes = Base64.decode(parts[1])
        else { return nil }
        return String(decoding: bytes.prefix { $0 != UInt8(ascii: ":") }, as: UTF8.self)
    }
}
