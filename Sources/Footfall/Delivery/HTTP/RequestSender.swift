// SPDX-License-Identifier: MIT
import FootfallStore
import FootfallTransport

/// Makes the requests of all destinations, through one libcurl. Used on the uploader's
/// thread only.
///
/// Each request has a tag of its own, by which its answer is recognised.
final class RequestSender {
    private unowned let runtime: Runtime
    /// Opened at the first request: loading libcurl costs a start 4 ms.
    private var transport: Transport?
    /// The problem that the host was told last, so that it is told once.
    private var toldProblem: TransportProblem?
    private var gzip: GzipEncoder?
    private var lastTag: UInt64 = 0
    /// Requests that a test's server answered, until ``perform()`` returns them.
    private var simulated: [(tag: UInt64, ending: Transport.Ending)] = []

    /// How large the body of a request is.
    struct Size: Equatable {
        var body = 0
        /// After compression.
        var sent = 0
    }

    static let userAgent = HTTPHeader(
        name: "User-Agent", value: "\(FootfallVersion.name)/\(FootfallVersion.current)")

    init(_ runtime: Runtime) { self.runtime = runtime }

    /// Whether requests are under way.
    var isBusy: Bool { !simulated.isEmpty || transport?.isBusy ?? false }

    func newTag() -> UInt64 {
        lastTag += 1
        return lastTag
    }

    /// Begins a POST.
    ///
    /// - Returns: the size of the request, if it came so far, and why it could not be begun.
    func post(_ request: DeliveryRequest, tag: UInt64) -> (size: Size?, failure: DeliveryOutcome?) {
        guard Endpoint(request.url, allowsInsecure: request.allowsInsecure) != nil else {
            return (nil, .blocked("\(ShownText.withoutPasswords(request.url)): \(Endpoint.rule)"))
        }
        var headers = request.headers.map { HTTPHeader(name: $0.name, value: $0.value) }
        if let problem = headers.lazy.compactMap(\.problem).first { return (nil, .blocked(problem)) }
        if !headers.contains(where: { $0.key == Self.userAgent.key }) { headers.append(Self.userAgent) }
        if let server = runtime.configuration.simulatedServer {
            var sent = request
            sent.headers = headers.map { ($0.name, $0.value) }
            simulated.append((tag, server(sent)))
            return (Size(body: request.body.count, sent: request.body.count), nil)
        }
        if let failure = openTransport() { return (nil, failure) }
        var body = request.body
        var isGzip = false
        if request.isCompressed, let compressed = compress(request.body) {
            body = compressed
            isGzip = true
        }
        let problem = transport?.post(
            request.url, headers: headers, body: body, isGzip: isGzip, options: options, tag: tag,
            responseLimit: Limits.responseBytes)
        return (Size(body: request.body.count, sent: body.count), problem.map { .retry($0, after: nil) })
    }

    /// Begins a HEAD.
    ///
    /// - Returns: why it could not be begun.
    func head(_ url: String, tag: UInt64) -> DeliveryOutcome? {
        guard runtime.configuration.simulatedServer == nil else {
            // It does not name the time.
            simulated.append((tag, .response(status: 200, headers: [], body: [])))
            return nil
        }
        if let failure = openTransport() { return failure }
        let problem = transport?.head(url, headers: [Self.userAgent], options: options, tag: tag)
        return problem.map { .retry($0, after: nil) }
    }

    /// Gives a request up, if it is under way.
    func cancel(tag: UInt64) {
        simulated.removeAll { $0.tag == tag }
        transport?.cancel(tag: tag)
    }

    /// Sleeps until a request goes on, or a descriptor of the poller can be read.
    func wait(with poller: Poller) {
        if simulated.isEmpty { transport?.wait(for: poller.descriptors, poller.count) }
    }

    /// Goes on with the requests.
    ///
    /// - Returns: the requests that ended.
    func perform() -> [(tag: UInt64, ending: Transport.Ending)] {
        defer { simulated = [] }
        return simulated + (transport?.perform() ?? [])
    }

    /// Gives up all requests and closes the connections.
    func close() { transport = nil }

    private var options: TransportOptions {
        TransportOptions(
            certificateAuthorityFile: runtime.configuration.certificateAuthorityFile,
            proxy: runtime.configuration.proxy, noProxy: runtime.configuration.noProxy)
    }

    private func compress(_ body: [UInt8]) -> [UInt8]? {
        let encoder = gzip ?? GzipEncoder()
        gzip = encoder
        return body.withUnsafeBufferPointer(encoder.encode)
    }

    /// Opens libcurl unless it is open. Without it the attempt is over: the batch is tried
    /// again later, or waits until libcurl is installed.
    private func openTransport() -> DeliveryOutcome? {
        if transport != nil { return nil }
        do throws(TransportProblem) {
            transport = try Transport()
            runtime.hookExit()
            toldProblem = nil
            return nil
        } catch {
            if !error.isPassing, toldProblem != error {
                runtime.report(
                    FootfallError(.transportUnavailable, "events are stored and not delivered: \(error.text)"))
                toldProblem = error
            }
            return error.isPassing ? .retry(error.text, after: nil) : .blocked(error.text)
        }
    }
}

extension Delivery {
    /// What the end of a request means; `nil` when the client is closed: the batch stays stored.
    func outcome(of ending: Transport.Ending, _ gate: CallbackGate) -> DeliveryOutcome? {
        switch ending {
        case .failure(let why, _): .retry(why, after: nil)
        case .response(let status, let headers, let body):
            gate.pass { outcome(of: DeliveryResponse(status: status, headers: headers, body: body)) }
        }
    }
}
