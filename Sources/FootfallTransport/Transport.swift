// SPDX-License-Identifier: MIT
import CCurl
import FootfallJSON
import Glibc

/// POSTs through libcurl, several at once, all driven by one thread.
///
/// Not for several threads at once.
package final class Transport {
    /// How one request ended.
    package enum Ending: Sendable {
        case response(status: Int, headers: [(name: String, value: String)], body: [UInt8])
        /// There was no whole answer: no connection, no trust, no time.
        ///
        /// - Parameter wasConnected: Whether the server was reached, over TLS.
        case failure(String, wasConnected: Bool)
    }

    private let multi: UnsafeMutableRawPointer
    private var transfers: [OpaquePointer] = []
    /// Secrets that libcurl may quote and no log may show.
    private var secrets: Set<String> = []

    /// Loads libcurl.
    package init() throws(TransportProblem) {
        if let problem = Self.problem { throw problem }
        guard let multi = footfall_curl_multi_new() else {
            throw TransportProblem(isPassing: true, text: "there is no memory for a connection")
        }
        self.multi = multi
    }

    /// Why nothing can be sent; `nil` when libcurl is there. Two seconds after a failure
    /// libcurl is loaded again.
    package static var problem: TransportProblem? {
        var text = [CChar](repeating: 0, count: 512)
        let state = Int(footfall_curl_load(&text, text.count))
        guard state != FOOTFALL_CURL_LOADED else { return nil }
        let bytes = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return TransportProblem(
            isPassing: state == FOOTFALL_CURL_PASSING, text: String(decoding: bytes, as: UTF8.self))
    }

    deinit {
        for transfer in transfers { footfall_transfer_free(multi, transfer) }
        footfall_curl_multi_free(multi)
    }

    /// Whether requests are under way.
    package var isBusy: Bool { !transfers.isEmpty }

    /// Begins a POST.
    ///
    /// - Parameter isGzip: Whether the body is a gzip frame, which is said in a header.
    /// - Returns: why it cannot be begun, or `nil`.
    package func post(
        _ url: String, headers: [HTTPHeader], body: [UInt8], isGzip: Bool, options: TransportOptions, tag: UInt64,
        responseLimit: Int
    ) -> String? {
        // Without this libcurl asks first whether a long body is welcome.
        let own = ["Expect:"] + (isGzip ? ["Content-Encoding: gzip"] : [])
        return body.withUnsafeBytes { start(url, headers, own, $0, options, tag, responseLimit) }
    }

    /// Begins a HEAD.
    ///
    /// - Returns: why it cannot be begun, or `nil`.
    package func head(_ url: String, headers: [HTTPHeader], options: TransportOptions, tag: UInt64) -> String? {
        start(url, headers, [], nil, options, tag, 0)
    }

    private func start(
        _ url: String, _ headers: [HTTPHeader], _ own: [String], _ body: UnsafeRawBufferPointer?,
        _ options: TransportOptions, _ tag: UInt64, _ responseLimit: Int
    ) -> String? {
        // The caller has checked the headers; a wrong one must not reach the wire.
        if let problem = headers.lazy.compactMap(\.problem).first { return problem }
        secrets.formUnion(options.proxySecrets)
        let copies = (headers.map(\.line) + own).map { strdup($0) }
        let texts = [options.certificateAuthorityFile, options.proxy, options.noProxy].map { $0.flatMap { strdup($0) } }
        defer { for copy in copies + texts { free(copy) } }
        let pointers = copies.map { UnsafePointer($0) }
        var settings = footfall_transfer_options(
            ca_file: UnsafePointer(texts[0]), proxy: UnsafePointer(texts[1]), no_proxy: UnsafePointer(texts[2]))
        let transfer = footfall_transfer_start(
            multi, url, pointers, Int32(pointers.count), body?.baseAddress, body?.count ?? 0, &settings, tag,
            responseLimit)
        guard let transfer else { return "there is no memory for a request" }
        transfers.append(transfer)
        return nil
    }

    /// Gives a request up, if it is under way.
    package func cancel(tag: UInt64) {
        let cancelled = transfers.filter { footfall_transfer_tag($0) == tag }
        transfers.removeAll { cancelled.contains($0) }
        for transfer in cancelled { footfall_transfer_free(multi, transfer) }
    }

    /// Goes on with the requests and gives those that ended.
    package func perform() -> [(tag: UInt64, ending: Ending)] {
        footfall_curl_perform(multi)
        var ended: [(tag: UInt64, ending: Ending)] = []
        while let transfer = footfall_curl_finished(multi) {
            ended.append((footfall_transfer_tag(transfer), ending(of: transfer)))
            transfers.removeAll { $0 == transfer }
            footfall_transfer_free(multi, transfer)
        }
        return ended
    }

    /// Waits until something can be done for a request, or a descriptor can be
    /// read; a minute at most.
    package func wait(for descriptors: UnsafePointer<Int32>, _ count: Int32) {
        footfall_curl_poll(multi, descriptors, count, 60_000)
    }

    private func ending(of transfer: OpaquePointer) -> Ending {
        let status = footfall_transfer_status(transfer)
        guard status > 0 else {
            return .failure(
                // A certificate's name may be in it, or the proxy's password.
                ShownText.line(
                    ShownText.masking(Array(secrets), in: String(cString: footfall_transfer_error(transfer)))),
                wasConnected: footfall_transfer_was_connected(transfer) != 0)
        }
        var count = 0
        let body = Array(UnsafeBufferPointer(start: footfall_transfer_body(transfer, &count), count: count))
        let block = footfall_transfer_headers(transfer, &count)
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
