// SPDX-License-Identifier: MIT
import CCurl
import FootfallJSON
import Glibc

/// Makes requests with libcurl, several at a time.
///
/// One thread at a time: it drives all requests with ``perform()`` and ``wait(for:_:)``.
package final class Transport {
    /// How one request ended.
    package enum Ending: Sendable {
        /// The server answered. Names of headers are in lower case; a body beyond the limit
        /// is cut off.
        case response(status: Int, headers: [(name: String, value: String)], body: [UInt8])
        /// There was no complete answer: no connection, no trusted certificate, or a timeout.
        ///
        /// - Parameter wasConnected: Whether the TLS connection to the server was made.
        case failure(String, wasConnected: Bool)
    }

    private let multi: UnsafeMutableRawPointer
    private var transfers: [OpaquePointer] = []
    /// Secrets that libcurl may quote in an error, and that must not be shown.
    private var secrets: Set<String> = []

    /// Loads libcurl, which takes some milliseconds the first time.
    package init() throws(TransportProblem) {
        if let problem = Self.problem { throw problem }
        guard let multi = ftf_curl_multi_new() else {
            throw TransportProblem(isPassing: true, text: "there is no memory for a connection")
        }
        self.multi = multi
    }

    /// Why libcurl cannot be used; `nil` when it can. After a failure, loading is tried again
    /// two seconds later at the earliest.
    package static var problem: TransportProblem? {
        var text = [CChar](repeating: 0, count: 512)
        let state = Int(ftf_curl_load(&text, text.count))
        guard state != FOOTFALL_CURL_LOADED else { return nil }
        let bytes = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return TransportProblem(
            isPassing: state == FOOTFALL_CURL_PASSING, text: String(decoding: bytes, as: UTF8.self))
    }

    deinit {
        for transfer in transfers { ftf_transfer_free(multi, transfer) }
        ftf_curl_multi_free(multi)
    }

    /// Whether any request has not ended yet.
    package var isBusy: Bool { !transfers.isEmpty }

    /// Begins a POST.
    ///
    /// - Parameters:
    ///   - isGzip: Whether the body is compressed; then `Content-Encoding: gzip` is added.
    ///   - tag: The number by which ``perform()`` returns the ending.
    ///   - responseLimit: How many bytes of the answer's body are kept.
    /// - Returns: why the request cannot be begun; `nil` when it was.
    package func post(
        _ url: String, headers: [HTTPHeader], body: [UInt8], isGzip: Bool, options: TransportOptions, tag: UInt64,
        responseLimit: Int
    ) -> String? {
        // Without this, libcurl sends `Expect: 100-continue` before a long body and waits.
        let own = ["Expect:"] + (isGzip ? ["Content-Encoding: gzip"] : [])
        return body.withUnsafeBytes { start(url, headers, own, $0, options, tag, responseLimit) }
    }

    /// Begins a HEAD request.
    ///
    /// - Returns: why the request cannot be begun; `nil` when it was.
    package func head(_ url: String, headers: [HTTPHeader], options: TransportOptions, tag: UInt64) -> String? {
        start(url, headers, [], nil, options, tag, 0)
    }

    private func start(
        _ url: String, _ headers: [HTTPHeader], _ own: [String], _ body: UnsafeRawBufferPointer?,
        _ options: TransportOptions, _ tag: UInt64, _ responseLimit: Int
    ) -> String? {
        // The caller has checked the headers as well: a wrong one must never be sent.
        if let problem = headers.lazy.compactMap(\.problem).first { return problem }
        secrets.formUnion(options.proxySecrets)
        let copies = (headers.map(\.line) + own).map { strdup($0) }
        let texts = [options.certificateAuthorityFile, options.proxy, options.noProxy].map { $0.flatMap { strdup($0) } }
        defer { for copy in copies + texts { free(copy) } }
        let pointers = copies.map { UnsafePointer($0) }
        var settings = ftf_transfer_options(
            ca_file: UnsafePointer(texts[0]), proxy: UnsafePointer(texts[1]), no_proxy: UnsafePointer(texts[2]))
        let transfer = ftf_transfer_start(
            multi, url, pointers, Int32(pointers.count), body?.baseAddress, body?.count ?? 0, &settings, tag,
            responseLimit)
        guard let transfer else { return "there is no memory for a request" }
        transfers.append(transfer)
        return nil
    }

    /// Ends a request without an answer, if it has not ended yet.
    package func cancel(tag: UInt64) {
        let cancelled = transfers.filter { ftf_transfer_tag($0) == tag }
        transfers.removeAll { cancelled.contains($0) }
        for transfer in cancelled { ftf_transfer_free(multi, transfer) }
    }

    /// Continues all requests without waiting.
    ///
    /// - Returns: the requests that ended.
    package func perform() -> [(tag: UInt64, ending: Ending)] {
        ftf_curl_perform(multi)
        var ended: [(tag: UInt64, ending: Ending)] = []
        while let transfer = ftf_curl_finished(multi) {
            ended.append((ftf_transfer_tag(transfer), ending(of: transfer)))
            transfers.removeAll { $0 == transfer }
            ftf_transfer_free(multi, transfer)
        }
        return ended
    }

    /// Waits until a request can continue or one of the descriptors can be read, for at most
    /// a minute.
    package func wait(for descriptors: UnsafePointer<Int32>, _ count: Int32) {
        ftf_curl_poll(multi, descriptors, count, 60_000)
    }

    private func ending(of transfer: OpaquePointer) -> Ending {
        let status = ftf_transfer_status(transfer)
        guard status > 0 else {
            return .failure(
                // libcurl may quote a name of the certificate or the proxy's password.
                ShownText.line(
                    ShownText.masking(Array(secrets), in: String(cString: ftf_transfer_error(transfer)))),
                wasConnected: ftf_transfer_was_connected(transfer) != 0)
        }
        var count = 0
        let body = Array(UnsafeBufferPointer(start: ftf_transfer_body(transfer, &count), count: count))
        let block = ftf_transfer_headers(transfer, &count)
        let text = UnsafeRawBufferPointer(start: block, count: count)
        return .response(status: status, headers: Self.headers(in: String(decoding: text, as: UTF8.self)), body: body)
    }

    private static func headers(in block: String) -> [(name: String, value: String)] {
        block.split(whereSeparator: \.isNewline).dropFirst().compactMap { line in
            guard let colon = line.firstIndex(of: ":") else { return nil }
            let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
            return (line[..<colon].lowercased(), String(value))
        }
    }
}
