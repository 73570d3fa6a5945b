// SPDX-License-Identifier: MIT
import CSystem

/// How servers are reached.
package struct TransportOptions: Sendable, Equatable {
    /// The PEM file of the trusted certificate authorities; `nil` for the system's.
    package var certificateAuthorityFile: String?
    /// The proxy, as `http://user:password@host:3128` or `socks5h://host:1080`. When it is
    /// `nil` the environment decides (`https_proxy`, `http_proxy`, `ALL_PROXY`, `no_proxy`),
    /// but not in a set-user-id process. Requests to this machine never use a proxy.
    package var proxy: String?
    /// Hosts that are reached without the proxy, separated by commas.
    package var noProxy: String?

    package init(certificateAuthorityFile: String? = nil, proxy: String? = nil, noProxy: String? = nil) {
        self.certificateAuthorityFile = certificateAuthorityFile
        self.proxy = proxy
        self.noProxy = noProxy
    }

    /// The users and passwords in the addresses of the proxies, also of the environment's.
    var proxySecrets: [String] {
        let variables = ["https_proxy", "HTTPS_PROXY", "http_proxy", "all_proxy", "ALL_PROXY"]
        let values = variables.compactMap { ftf_environment($0).map { String(cString: $0) } }
        let addresses = proxy.map { [$0] } ?? values
        return addresses.flatMap { address -> [String] in
            let bytes = Array(address.utf8)
            guard let end = bytes.lastIndex(of: UInt8(ascii: "@")) else { return [] }
            let slashes = bytes[..<end].firstIndex(of: UInt8(ascii: "/")) ?? 0
            let user = bytes[slashes..<end].drop { $0 == UInt8(ascii: "/") }
            let password = user.drop { $0 != UInt8(ascii: ":") }.dropFirst()
            return [user, password].map { String(decoding: $0, as: UTF8.self) }
        }
    }
}
