// SPDX-License-Identifier: MIT
import FootfallJSON

/// Finds the events in a body without parsing them.
struct EventCutter {
    /// Where each event is in the body.
    var events: [Range<Int>] = []
    private(set) var sentAt: String?
    private(set) var writeKey: String?
    /// Whether the object of a single event has a `type`.
    private(set) var hasType = false
    /// The key of the list of events.
    private var list: StaticString = "batch"

    /// Finds the events of a body, in place of those of the previous body.
    mutating func cut(
        _ body: UnsafeBufferPointer<UInt8>, of endpoint: CollectorEndpoint, validates: Bool
    ) throws(RequestFault) {
        events.removeAll(keepingCapacity: true)
        sentAt = nil
        writeKey = nil
        hasType = false
        switch endpoint {
        case .webhook:
            try cutSequence(body, validates: validates)
        case .batch, .amplitudeEvents:
            if validates { try EventCutter.validate(body) }
            list = endpoint == .batch ? "batch" : "events"
            try cutObject(body, isBatch: true)
        case .amplitudeIdentify, .amplitudeUserMap:
            // The body is a field of a form: one object or a list of objects.
            try cutSequence(body, validates: validates)
        default:
            if validates { try EventCutter.validate(body) }
            try cutObject(body, isBatch: false)
        }
    }

    /// The client allows 64 levels in an event. The batch around it adds two.
    private static let maximumDepth = 72

    private static func validate(_ bytes: UnsafeBufferPointer<UInt8>) throws(RequestFault) {
        var options = JSONParser.Options()
        options.maximumDepth = maximumDepth
        do throws(JSONError) {
            _ = try JSONParser.parse(bytes, options: options)
        } catch {
            throw .badRequest("the body is not JSON: \(error)")
        }
    }

    /// Reads one object: the event itself, or a batch of events.
    private mutating func cutObject(_ body: UnsafeBufferPointer<UInt8>, isBatch: Bool) throws(RequestFault) {
        var scanner = JSONScanner(body)
        scanner.skipSpace()
        let begin = scanner.index
        guard scanner.consume(UInt8(ascii: "{")) else { throw .badRequest("the body is not a JSON object") }
        var hasBatch = false
        scanner.skipSpace()
        if !scanner.consume(UInt8(ascii: "}")) {
            repeat {
                scanner.skipSpace()
                guard scanner.current == UInt8(ascii: "\""), let key = scanner.value() else { throw Self.broken }
                scanner.skipSpace()
                guard scanner.consume(UInt8(ascii: ":")) else { throw Self.broken }
                scanner.skipSpace()
                if isBatch, scanner.string(at: key, is: list) {
                    hasBatch = true
                    try cutArray(&scanner, eventsAreObjects: true)
                } else {
                    guard let value = scanner.value() else { throw Self.broken }
                    if scanner.string(at: key, is: "type") { hasType = true }
                    if scanner.string(at: key, is: "sentAt") { sentAt = scanner.string(at: value) }
                    if scanner.string(at: key, is: "writeKey") || scanner.string(at: key, is: "api_key") {
                        writeKey = scanner.string(at: value)
                    }
                }
                scanner.skipSpace()
            } while scanner.consume(UInt8(ascii: ","))
            guard scanner.consume(UInt8(ascii: "}")) else { throw Self.broken }
        }
        let end = scanner.index
        scanner.skipSpace()
        guard scanner.isAtEnd else { throw .badRequest("there is more text after the JSON object") }
        if !isBatch {
            events.append(begin..<end)
        } else if !hasBatch {
            throw .badRequest("the body has no key \(list)")
        }
    }

    /// Reads an array whose elements are the events. A later array replaces an earlier one.
    private mutating func cutArray(_ scanner: inout JSONScanner, eventsAreObjects: Bool) throws(RequestFault) {
        events.removeAll(keepingCapacity: true)
        guard scanner.consume(UInt8(ascii: "[")) else { throw .badRequest("the batch is not an array") }
        scanner.skipSpace()
        if scanner.consume(UInt8(ascii: "]")) { return }
        repeat {
            scanner.skipSpace()
            guard !eventsAreObjects || scanner.current == UInt8(ascii: "{") else {
                throw .badRequest("batch[\(events.count)] is not an object")
            }
            guard let element = scanner.value() else { throw Self.broken }
            events.append(element)
            scanner.skipSpace()
        } while scanner.consume(UInt8(ascii: ","))
        guard scanner.consume(UInt8(ascii: "]")) else { throw Self.broken }
    }

    /// Reads one array of events, or one event per line.
    private mutating func cutSequence(_ body: UnsafeBufferPointer<UInt8>, validates: Bool) throws(RequestFault) {
        var scanner = JSONScanner(body)
        scanner.skipSpace()
        while !scanner.isAtEnd {
            guard let value = scanner.value() else { throw Self.broken }
            if validates { try Self.validate(UnsafeBufferPointer(rebasing: body[value])) }
            events.append(value)
            scanner.skipSpace()
            let between = body[value.upperBound..<scanner.index]
            guard scanner.isAtEnd || between.contains(0x0A) else {
                throw .badRequest("there is more text after a JSON value on the same line")
            }
        }
        guard let first = events.first else { throw .badRequest("the body is empty") }
        guard events.count == 1, body[first.lowerBound] == UInt8(ascii: "[") else { return }
        var inside = JSONScanner(UnsafeBufferPointer(rebasing: body[..<first.upperBound]))
        inside.skipSpace()
        try cutArray(&inside, eventsAreObjects: false)
    }

    private static let broken = RequestFault.badRequest("the body is not JSON: a value or a bracket is missing")
}
