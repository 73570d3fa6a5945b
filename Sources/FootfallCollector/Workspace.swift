// SPDX-License-Identifier: MIT
import FootfallJSON

/// The buffers for handling one request, reused for the next.
final class Workspace {
    private let inflater = Inflater()
    private var inflated = ByteBuffer(capacity: 64 * 1024)
    private(set) var cutter = EventCutter()
    private(set) var lines = EventLines()
    /// The `api_key` of a form; `nil` when the body is not a form or has none.
    private(set) var formKey: String?

    /// Finds the events of a request and puts them into `cutter` and `lines`.
    ///
    /// - Returns: The size of the body after inflating.
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
            throw RequestFault(status: 415, message: "the Content-Encoding must be gzip or none")
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
            for event in cutter.events {
                let bytes = UnsafeBufferPointer(rebasing: body[event])
                if let type = endpoint.eventType, !cutter.hasType {
                    lines.append(bytes, type: type)
                } else {
                    lines.append(bytes)
                }
            }
        }
        return body.count
    }

    /// Finds the events in a field of a form.
    private func cutForm(
        _ body: UnsafeBufferPointer<UInt8>, _ name: StaticString, _ endpoint: CollectorEndpoint,
        _ configuration: CollectorConfiguration
    ) throws(RequestFault) {
        let form = FormReader(body)
        guard let field = form.value(name) else { throw .badRequest("the form has no field \(name)") }
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
            case .corrupt: throw .badRequest("the body is not gzip or is damaged")
            case .endsEarly: throw .badRequest("the gzip body is incomplete")
            case .tooLarge: throw .tooLarge(limit, inflated: true)
            case .outOfMemory:
                throw RequestFault(status: 500, message: "there is not enough memory to inflate the body")
            }
        }
    }
}
