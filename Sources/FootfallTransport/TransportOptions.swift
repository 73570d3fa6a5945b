// SPDX-License-Identifier: MIT

/// How servers are reached.
package struct TransportOptions: Sendable, Equatable {
    /// PEM file of the authorities that servers are checked against, instead of
    /// the system's.
    package var certificateAuthorityFile: String?
    /// As `http://user:password@host:3128` or `socks5h://host:1080`. Without it the
    /// environment decides: `https_proxy`, `http_proxy`, `ALL_PROXY`, `no_proxy`; not in
    /// a set-user-id process. This machine is always reached without.
    package var proxy: String?
    /// Hosts that are reached without it, separated by commas.
    package var noProxy: String?

    package init(certificateAuthorityFile: String? = nil, proxy: String? = nil, noProxy: String? = nil) {
        self.certificateAuthorityFile = certificateAuthorityFile
        self.proxy = proxy
        self.noProxy = noProxy
    }
}
