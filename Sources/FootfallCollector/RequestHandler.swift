// SPDX-License-Identifier: MIT
import FootfallJSON

/// Chooses the answer to each request and records its events.
final class RequestHandler: Sendable {
    let configuration: CollectorConfiguration
    let library: HTTPLibrary
    let responder: Responder
    let requests: Pool<Request>
    let connections: ConnectionGuard
    let origin: RequestOrigin
    let callbackThreads = CallbackThreads()
    private let workspaces: Pool<Workspace>
    private let file: EventFile?
    private let onEvents: (@Sendable (CollectedBatch) -> Void)?
    private let onRefusal: (@Sendable (CollectorRefusal) -> Void)?
    private let counted = Guarded(CollectorStatistics())
    private let counts = Guarded<[String: Int]>([:])

    init(
        _ configuration: CollectorConfiguration, _ library: HTTPLibrary, _ file: EventFile?,
        _ onEvents: (@Sendable (CollectedBatch) -> Void)?,
        _ onRefusal: (@Sendable (CollectorRefusal) -> Void)? = nil
    ) {
        self.configuration = configuration
        self.library = library
        self.file = file
        self.onEvents = onEvents
        self.onRefusal = onRefusal
        responder = Responder(library)
        connections = ConnectionGuard(configuration)
        origin = RequestOrigin(hosts: configuration.hosts)
        requests = Pool(keepingAtMost: 32)
        workspaces = Pool(keepingAtMost: max(configuration.threads, 1))
    }

    var statistics: CollectorStatistics { counted.withLock { $0 } }
    var ledger: [String: Int] { counts.withLock { $0 } }

    /// Answers a request that has arrived completely.
    func reply(to request: Request) -> Reply {
        let number = counted.withLock { counted in
            counted.requests += 1
            counted.bytesReceived += request.wireBytes
            return counted.requests
        }
        let reply: Reply
        do throws(RequestFault) {
            reply = try decide(request, number)
        } catch {
            reply = Reply(error)
            tell(CollectorRefusal(request, status: error.status, reason: error.message))
        }
        if !reply.isSuccess { counted.withLock { $0.rejected += 1 } }
        return reply
    }

    /// libmicrohttpd refused a request, or it did not arrive as a whole.
    func refused(_ refusal: CollectorRefusal) {
        if refusal.isOfRequest {
            counted.withLock { counted in
                counted.requests += 1
                counted.rejected += 1
            }
        }
        tell(refusal)
    }

    private func tell(_ refusal: CollectorRefusal) {
        guard let onRefusal else { return }
        callbackThreads.mark { onRefusal(refusal) }
    }

    private func decide(_ request: Request, _ number: Int) throws(RequestFault) -> Reply {
        if let fault = request.fault { throw fault }
        if let answer = configuration.answer {
            let wanted = callbackThreads.mark { answer(request.path, number) }
            if let reply = Reply(wanted) { return reply }
        }
        guard let route = Route(path: request.path) else {
            throw RequestFault(status: 404, message: "there is nothing at \(request.path)")
        }
        guard request.method == route.method else {
            throw RequestFault(
                status: 405, message: "\(request.path) accepts only \(route.method)", allowedMethod: route.method)
        }
        switch route {
        case .settings(let key): return try settings(of: key)
        case .collect(let endpoint):
            let events = try collect(request, number, endpoint)
            return Self.success(endpoint, events, request.wireBytes)
        }
    }

    private func settings(of key: String) throws(RequestFault) -> Reply {
        try checkKey(key)
        let settings: JSONObject = ["integrations": ["Segment.io": ["apiKey": .string(key)]]]
        return .content(status: 200, headers: [Reply.jsonType], body: settings.text)
    }

    private func checkKey(_ key: String?) throws(RequestFault) {
        guard let expected = configuration.writeKey, key != expected else { return }
        throw RequestFault(status: 401, message: key == nil ? "the write key is missing" : "the write key is unknown")
    }

    /// The answer that the client of this endpoint reads as success.
    private static func success(_ endpoint: CollectorEndpoint, _ events: Int, _ bytes: Int) -> Reply {
        switch endpoint {
        case .amplitudeEvents:
            let body: JSONObject = [
                "code": 200, "events_ingested": .int(Int64(events)), "payload_size_bytes": .int(Int64(bytes)),
            ]
            return .content(status: 200, headers: [Reply.jsonType], body: body.text)
        case .amplitudeIdentify, .amplitudeUserMap: return .content(status: 200, headers: [], body: "success")
        default: return .success
        }
    }

    /// Records the events of a request.
    ///
    /// - Returns: The number of events.
    private func collect(
        _ request: Request, _ number: Int, _ endpoint: CollectorEndpoint
    ) throws(RequestFault) -> Int {
        guard !request.isTooLarge else { throw .tooLarge(configuration.maximumBodyBytes, inflated: false) }
        let workspace = workspaces.take() ?? Workspace()
        defer { workspaces.give(workspace) }

        let inflatedBytes = try workspace.read(request, of: endpoint, configuration)
        let writeKey = workspace.formKey ?? workspace.cutter.writeKey ?? request.basicKey
        if endpoint != .webhook { try checkKey(writeKey) }
        if let refuses = configuration.refuses {
            let lines = workspace.lines.buffer.array()
            let isRefused = callbackThreads.mark { workspace.lines.ranges.contains { refuses(lines[$0]) } }
            if isRefused {
                throw RequestFault(
                    status: configuration.refusalStatus, message: "an event of the batch is refused")
            }
        }

        if let file {
            let error = workspace.lines.buffer.withBytes { file.append($0) }
            guard error == 0 else {
                throw RequestFault(status: 500, message: "the events cannot be written: \(errorText(error))")
            }
        }
        if configuration.keepsLedger {
            let ids = workspace.lines.messageIds()
            counts.withLock { counts in for id in ids { counts[id, default: 0] += 1 } }
        }
        counted.withLock { counted in
            counted.events += workspace.cutter.events.count
            counted.bytesInflated += inflatedBytes
        }
        let count = workspace.cutter.events.count
        guard let onEvents else { return count }
        let batch = CollectedBatch(
            path: request.path, endpoint: endpoint, requestNumber: number, sentAt: workspace.cutter.sentAt,
            writeKey: writeKey, wireBytes: request.wireBytes, inflatedBytes: inflatedBytes,
            isGzip: request.encoding == .gzip, lines: workspace.lines.buffer.array(), ranges: workspace.lines.ranges)
        callbackThreads.mark { onEvents(batch) }
        return count
    }
}
