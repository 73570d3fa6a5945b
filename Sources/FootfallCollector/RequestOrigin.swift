// SPDX-License-Identifier: MIT

/// Who may ask: programs of this machine, and no web page.
///
/// A page that a browser on this machine shows can reach the collector: directly,
/// then the request has an `Origin`, or under a name of the page's own that leads to
/// 127.0.0.1 for once (DNS rebinding), then that name is the `Host`.
struct RequestOrigin {
    /// Names besides this machine's, in lower case.
    let hosts: Set<String>

    /// Why a request is refused; `nil` when it is not.
    func fault(host: String?, origin: String?) -> RequestFault? {
        if origin != nil { return RequestFault(status: 403, message: "requests of web pages (Origin) are refused") }
        guard let host, isOwn(host) else {
            return RequestFault(
                status: 421, message: "the Host must be this machine's: localhost, 127.0.0.1 or [::1], with the port")
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
