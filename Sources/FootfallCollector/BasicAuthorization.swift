// SPDX-License-Identifier: MIT
import FootfallJSON

/// Reads the write key, which is the user of an `Authorization: Basic` header.
enum BasicAuthorization {
    /// The user in the value of a header; `nil` when the header is not Basic authorization.
    static func user(of header: String) -> String? {
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "basic", let bytes = Base64.decode(parts[1])
        else { return nil }
        return String(decoding: bytes.prefix { $0 != UInt8(ascii: ":") }, as: UTF8.self)
    }
}
