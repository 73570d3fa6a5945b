// SPDX-License-Identifier: MIT

/// Refuses requests of web pages. Only programs on this machine may use the collector.
///
/// A web page in a browser on this machine can reach the collector in two ways: directly,
/// so that the request has an `Origin`; or under a host name of its own that resolves to
/// 127.0.0.1 (DNS rebinding), so that the request has that name as its `Host`.
struct RequestOrigin {
    /// Further names, in lower case, that are accepted as `Host`.
    let hosts: Set<String>

    /// Why a request with these headers is refused; `nil` when it is accepted.
    func fault(host: String?, origin: String?) -> RequestFault? {
        if origin != nil {
            return RequestFault(status: 403, message: "requests of web pages (with Origin) are refused")
        }
        guard let host, isOwn(host) else {
            return RequestFault(
                status: 421, message: "the Host must be localhost, 127.0.0.1 or [::1], with the port")
        }
        return nil
    }

    private func isOwn(_ text: String) -> Bool {
        let host: Substring
        if text.utf8.first == UInt8(ascii: "[") {
            guard let end = text.firstIndex(of: "]") else { return false }
            host = text[...end]
        } else {
            host = text.prefix { $0 != ":" }
        }
        let port = text[host.endIndex...]
        guard port.isEmpty || port.first == ":" && UInt16(port.dropFirst()) != nil else { return false }
        let name = host.lowercased()
        if name == "localhost" || name == "[::1]" || hosts.contains(name) { return true }
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}
