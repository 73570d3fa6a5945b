// SPDX-License-Identifier: MIT

/// The checked address of a destination.
public struct Endpoint: Sendable, Hashable {
    /// The address.
    public let url: String
    /// Whether plain `http` to other machines was allowed.
    public let allowsInsecure: Bool

    /// Checks an address: it must be `https`, or `http` to this machine. With `allowsInsecure` it
    /// may be `http` to any machine.
    public init?(_ url: String, allowsInsecure: Bool = false) {
        guard let separator = url.range(of: "://") else { return nil }
        let scheme = url[..<separator.lowerBound].lowercased()
        let rest = url[separator.upperBound...]
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        guard !authority.isEmpty, !url.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F }) else { return nil }
        switch scheme {
        case "https": break
        case "http": guard allowsInsecure || Self.isLoopback(authority) else { return nil }
        default: return nil
        }
        self.url = url
        self.allowsInsecure = allowsInsecure
    }

    /// The host of an address in the form in which hosts are compared: lower case, without
    /// user, port and final dot. `nil` for an address without a host.
    static func host(of url: String) -> String? {
        guard let separator = url.range(of: "://") else { return nil }
        let authority = url[separator.upperBound...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        let place = authority.split(separator: "@", omittingEmptySubsequences: false).last ?? authority
        var host = place.hasPrefix("[") ? place.prefix { $0 != "]" } + "]" : place.prefix { $0 != ":" }
        if host.hasSuffix(".") { host.removeLast() }
        return host.isEmpty ? nil : host.lowercased()
    }

    private static func isLoopback(_ authority: Substring) -> Bool {
        let host = authority.split(separator: "@", omittingEmptySubsequences: false).last ?? authority
        if host.hasPrefix("[") { return host == "[::1]" || host.hasPrefix("[::1]:") }
        let name = host.prefix { $0 != ":" }.lowercased()
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        return name == "localhost" || parts.count == 4 && parts[0] == "127" && parts.allSatisfy(isNumber)
    }

    /// Whether libcurl reads the text as part of an IPv4 address, not of a name.
    private static func isNumber(_ part: Substring) -> Bool {
        UInt8(part) != nil && part.utf8.allSatisfy { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
    }

    /// The sentence for an address that is refused.
    public static let rule =
        "it must be an https:// address; http:// is taken for this machine only, unless allowInsecure is true"
}

extension ConfigurationObject {
    /// Reads `endpoint` and `allowInsecure`, and checks the address.
    public mutating func endpoint() throws(ConfigurationError) -> Endpoint? {
        let allowsInsecure = try flag("allowInsecure") ?? false
        guard let text = try text("endpoint") else { return nil }
        guard let endpoint = Endpoint(text, allowsInsecure: allowsInsecure) else {
            throw error("endpoint", "\(text): \(Endpoint.rule)")
        }
        return endpoint
    }
}

extension String {
    /// The first occurrence of a text.
    func range(of text: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
            start = index(after: start)
        }
        return nil
    }
}
