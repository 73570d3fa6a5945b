// SPDX-License-Identifier: MIT
import FootfallJSON

/// What a thread needs while it handles a request; used again for the next.
final class Workspace {
    var inflater = Inflater()
    var inflated = ByteBuffer(capacity: 64 * 1024)
    var cutter = EventCutter()
    var lines = EventLines()
    /// The key of a form.
    private(set) var formKey: String?

    /// Reads the body of a request: `lines` and `cutter` have its events then.
    /// Returns how many bytes the body is after inflating.
    func read(
        _ request: Request, of endpoint: CollectorEndpoint, _ configuration: CollectorConfiguration
    ) throws(RequestFault) -> Int {
        inflated.removeAll()
        lines.removeAll()
        formKey = nil
        switch request.encoding {
        case .plain:
            return try request.body.withBytes { bytes throws(RequestFault) in try cut(bytes, endpoint, configuration) }
        case .gzip:
            try inflate(request, limit: configuration.maximumBodyBytes)
            return try inflated.withBytes { bytes throws(RequestFault) in try cut(bytes, endpoint, configuration) }
        case .unknown:
            throw RequestFault(status: 415, message: "the only Content-Encoding that is taken is gzip")
        }
    }

    private func cut(
        _ body: UnsafeBufferPointer<UInt8>, _ endpoint: CollectorEndpoint, _ configuration: CollectorConfiguration
    ) throws(RequestFault) -> Int {
        switch endpoint {
        case .amplitudeIdentify: try cutForm(body, "identification", endpoint, configuration)
        case .amplitudeUserMap: try cutForm(body, "mapping", endpoint, configuration)
        default:
            try cutter.cut(body, of: endpoint, validates: configuration.validatesEvents)
            for event in cutter.events { lines.append(UnsafeBufferPointer(rebasing: body[event])) }
        }
        return body.count
    }

    /// The events are in a field of a form.
    private func cutForm(
        _ body: UnsafeBufferPointer<UInt8>, _ name: StaticString, _ endpoint: CollectorEndpoint,
        _ configuration: CollectorConfiguration
    ) throws(RequestFault) {
        let form = FormReader(body)
        guard let field = form.value(name) else { throw .badRequest("the form has no \(name)") }
        formKey = form.value("api_key").map { String(decoding: $0, as: UTF8.self) }
        try field.withUnsafeBufferPointer { (field) throws(RequestFault) in
            try cutter.cut(field, of: endpoint, validates: configuration.validatesEvents)
            for event in cutter.events { lines.append(UnsafeBufferPointer(rebasing: field[event])) }
        }
    }

    private func inflate(_ request: Request, limit: Int) throws(RequestFault) {
        do throws(Inflater.Failure) {
            try request.body.withBytes { bytes throws(Inflater.Failure) in
                try inflater.inflate(bytes, into: &inflated, limit: limit)
            }
        } catch {
            switch error {
            case .corrupt: throw .badRequest("the body is not gzip, or damaged")
            case .endsEarly: throw .badRequest("the gzip body ends early")
            case .tooLarge: throw .tooLarge(limit, inflated: true)
            case .outOfMemory: throw RequestFault(status: 500, message: "there is no memory to inflate the body")
            }
        }
    }
}

/// Objects that are used again by whichever thread needs one next.
final class Pool<Element: AnyObject>: Sendable {
    private let free = Guarded<[Element]>([])
    private let limit: Int

    /// Keeps up to `limit` objects.
    init(keepingAtMost limit: Int) { self.limit = limit }

    /// The caller alone has the object until it gives it back.
    func take() -> Element? { free.withLock { Transfer($0.popLast()) }.element }

    func give(_ element: Element) {
        let element = Transfer(element)
        free.withLock { free in
            if free.count < limit, let element = element.element { free.append(element) }
        }
    }
}

/// Carries an object from one owner to the next, through a lock.
private struct Transfer<Element>: @unchecked Sendable {
    let element: Element?
    init(_ element: Element?) { self.element = element }
}
