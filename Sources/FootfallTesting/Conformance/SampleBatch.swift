// SPDX-License-Identifier: MIT
import Footfall

/// A batch of events, each with a mark that is found again in the bytes of a request.
struct SampleBatch {
    /// The marks, in the order of the events.
    let names: [String]
    let events: [Event]

    /// - Parameters:
    ///   - label: Makes the marks differ from those of other batches; letters and digits.
    ///   - padding: How many bytes of properties each event has.
    ///   - sample: Makes an event with a mark.
    init(_ label: String, count: Int, padding: Int = 16, _ sample: (String) -> Event) {
        // Letters and digits look the same in JSON, in forms and in most binary formats.
        let names = (0..<count).map { "Conformance\(label)N\($0)Z" }
        self.names = names
        let text = String(repeating: "conformance ", count: padding / 12 + 1)
        events = names.map { name in
            var event = sample(name)
            event.timestamp = Timestamp(milliseconds: 1_700_000_000_000)
            event.anonymousId = "conformance-visitor"
            event.properties["text"] = .string(text)
            return event
        }
    }

    /// As many events of about 1 KiB as the limits allow.
    init(filling limits: BatchLimits, _ sample: (String) -> Event) {
        let one = SampleBatch("Full", count: 1, padding: 900, sample).batch
        var bytes = 0
        one.forEach { bytes += $0.count }
        self.init("Full", count: max(1, min(limits.events, limits.bytes / (bytes + 8))), padding: 900, sample)
    }

    /// A track event whose name is the mark.
    static func track(_ mark: String) -> Event {
        var event = Event(type: .track, timestamp: Timestamp(milliseconds: 0))
        event.event = mark
        event.properties = ["total": 59.9]
        return event
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
