// SPDX-License-Identifier: MIT
import Footfall

/// A batch of track events whose names are found again in the bytes of a request.
struct SampleBatch {
    let names: [String]
    let events: [Event]

    /// - Parameters:
    ///   - label: Makes the names differ from those of other batches; letters and digits.
    ///   - padding: How many bytes of properties each event has.
    init(_ label: String, count: Int, padding: Int = 16) {
        // Letters and digits look the same in JSON, in forms and in most binary formats.
        let names = (0..<count).map { "Conformance\(label)N\($0)Z" }
        self.names = names
        let text = String(repeating: "conformance ", count: padding / 12 + 1)
        events = names.map { name in
            var event = Event(
                type: .track, timestamp: Timestamp(milliseconds: 1_700_000_000_000), anonymousId: "conformance-visitor")
            event.event = name
            event.properties = ["text": .string(text), "total": 59.9]
            return event
        }
    }

    /// As many events of about 1 KiB as the limits allow.
    init(filling limits: BatchLimits) {
        let one = SampleBatch("Full", count: 1, padding: 900).batch
        var bytes = 0
        one.forEach { bytes += $0.count }
        self.init("Full", count: max(1, min(limits.events, limits.bytes / (bytes + 8))), padding: 900)
    }

    var batch: DeliveryBatch { DeliveryBatch(bodies: events.map(\.jsonText)) }

    /// Where each name is first in the bodies, in the order of the batch; `nil` for a name that
    /// is not there. Bodies are looked at without regard to case.
    func places(in bodies: [[UInt8]]) -> [Int?] {
        let text = bodies.flatMap { $0.map { (65...90).contains($0) ? $0 + 32 : $0 } + [0] }
        return text.withUnsafeBufferPointer { text in
            names.map { Self.place(of: Array($0.lowercased().utf8), in: text) }
        }
    }

    private static func place(of name: [UInt8], in text: UnsafeBufferPointer<UInt8>) -> Int? {
        guard let first = name.first, text.count >= name.count else { return nil }
        for start in 0...(text.count - name.count) where text[start] == first {
            if name.indices.allSatisfy({ text[start + $0] == name[$0] }) { return start }
        }
        return nil
    }
}
