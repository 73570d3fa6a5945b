// SPDX-License-Identifier: MIT

/// A header of a request, and the check whether it may be sent.
package struct HTTPHeader: Sendable, Equatable {
    package var name: String
    package var value: String

    package init(name: String, value: String) {
        self.name = name
        self.value = value
    }

    /// The name in lower case, for comparing: the case of names does not matter.
    package var key: String { name.lowercased() }

    /// Why the header must not be sent; `nil` when it may.
    ///
    /// The name must be a token of RFC 9110, and the value must not contain a control
    /// character. Headers that say where the body ends, how it is encoded or how the
    /// connection is used are refused: they could make a server read another body, and
    /// accept it.
    package var problem: String? {
        guard !name.isEmpty else { return "a header has an empty name" }
        guard name.utf8.allSatisfy(Self.isTokenByte) else {
            return "the header name \(Self.quoted(name)) has a character other than letters, digits and !#$%&'*+-.^_`|~"
        }
        guard !Self.reserved.contains(key) else {
            return "the header \(name) belongs to the connection and is set by the client alone; leave it out"
        }
        guard !value.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
            return "the value of the header \(name) has a control character, such as the end of a line"
        }
        return nil
    }

    /// The line for libcurl. It needs a semicolon after a name without a value: with a colon
    /// it would not send the header.
    var line: String { value.allSatisfy { $0 == " " } ? "\(name);" : "\(name): \(value)" }

    /// Headers that frame a message (RFC 9112) or belong to one connection (RFC 9110, 7.6.1).
    private static let reserved: Set<String> = [
        "connection", "content-encoding", "content-length", "expect", "host", "keep-alive", "proxy-connection", "te",
        "trailer", "transfer-encoding", "upgrade",
    ]

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }

    /// A wrong name for a message: printable and at most 40 characters.
    private static func quoted(_ name: String) -> String {
        let text = name.unicodeScalars.prefix(40).map {
            $0.isASCII && $0.value > 0x1F && $0.value != 0x7F ? String($0) : "?"
        }
        return "\"\(text.joined())\(name.unicodeScalars.count > 40 ? "…" : "")\""
    }
}
