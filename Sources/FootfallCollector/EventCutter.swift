// SPDX-License-Identifier: MIT
import FootfallJSON

/// Cuts the events out of a body without reading them.
struct EventCutter {
    /// Where each event is in the body.
    var events: [Range<Int>] = []
    private(set) var sentAt: String?
    private(set) var writeKey: String?
    /// What the list of events is called.
    private var list: StaticString = "batch"

    /// Cuts a body, replacing what was cut before.
    mutating func cut(
        _ body: UnsafeBufferPointer<UInt8>, of endpoint: CollectorEndpoint, validates: Bool
    ) throws(RequestFault) {
        events.removeAll(keepingCapacity: true)
        sentAt = nil
        writeKey = nil
        switch endpoint {
        case .webhook:
            try cutSequence(body, validates: validates)
        case .batch, .amplitudeEvents:
            if validates { try EventCutter.validate(body) }
            list = endpoint == .batch ? "batch" : "events"
            try cutObject(body, isBatch: true)
        case .amplitudeIdentify, .amplitudeUserMap:
            // The form's field, already taken out: one object or a list of them.
            try cutSequence(body, validates: validates)
        default:
            if validates { try EventCutter.validate(body) }
            try cutObject(body, isBatch: false)
        }
    }

    /// Deeper than a client lets an event be (64), for the two levels around it.
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

    /// One object: the event itself, or a batch of events.
    private mutating func cutObject(_ body: UnsafeBufferPointer<UInt8>, isBatch: Bool) throws(RequestFault) {
        var scanner = JSONScanner(body)
        scanner.skipSpace()
        let begin = scanner.index
        guard scanner.take(UInt8(ascii: "{")) else { throw .badRequest("the body is not a JSON object") }
        var hasBatch = false
        scanner.skipSpace()
        if !scanner.take(UInt8(ascii: "}")) {
            repeat {
                scanner.skipSpace()
                guard scanner.current == UInt8(ascii: "\""), let key = scanner.value() else { throw Self.broken }
                scanner.skipSpace()
                guard scanner.take(UInt8(ascii: ":")) else { throw Self.broken }
                scanner.skipSpace()
                if isBatch, scanner.string(at: key, is: list) {
                    hasBatch = true
                    try cutArray(&scanner, eventsAreObjects: true)
                } else {
                    guard let value = scanner.value() else { throw Self.broken }
                    if scanner.string(at: key, is: "sentAt") { sentAt = scanner.string(at: value) }
                    if scanner.string(at: key, is: "writeKey") || scanner.string(at: key, is: "api_key") {
                        writeKey = scanner.string(at: value)
                    }
                }
                scanner.skipSpace()
            } while scanner.take(UInt8(ascii: ","))
            guard scanner.take(UInt8(ascii: "}")) else { throw Self.broken }
        }
        let end = scanner.index
        scanner.skipSpace()
        guard scanner.isAtEnd else { throw .badRequest("there is more after the JSON object") }
        if !isBatch {
            events.append(begin..<end)
        } else if !hasBatch {
            throw .badRequest("the body has no \(list)")
        }
    }

    /// The elements of the array at hand, instead of those cut before.
    private mutating func cutArray(_ scanner: inout JSONScanner, eventsAreObjects: Bool) throws(RequestFault) {
        events.removeAll(keepingCapacity: true)
        guard scanner.take(UInt8(ascii: "[")) else { throw .badRequest("the batch is not an array") }
        scanner.skipSpace()
        if scanner.take(UInt8(ascii: "]")) { return }
        repeat {
            scanner.skipSpace()
            guard !eventsAreObjects || scanner.current == UInt8(ascii: "{") else {
                throw .badRequest("batch[\(events.count)] is not an object")
            }
            guard let element = scanner.value() else { throw Self.broken }
            events.append(element)
            scanner.skipSpace()
        } while scanner.take(UInt8(ascii: ","))
        guard scanner.take(UInt8(ascii: "]")) else { throw Self.broken }
    }

    /// One array, or values on lines of their own.
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
                throw .badRequest("there is more after the JSON value on its line")
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
