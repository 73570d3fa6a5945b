// SPDX-License-Identifier: MIT
import CLimits
import Footfall

private let times = 20_000

/// 64 different events of about 800 bytes, so that the CPU cannot predict every branch.
private func samples() -> [String] {
    var corpus = Corpus()
    return (0..<64).map { index in
        var event = Event(type: .track, timestamp: Timestamp(milliseconds: 1_795_000_000_000 + Int64(index)))
        event.anonymousId = "5f0c1f7e-3a53-4b6e-9d05-6a1c0f8f2f11"
        event.event = corpus.eventName()
        event.properties = corpus.properties()
        event.context = deviceContext
        return event.jsonText
    }
}

private func perEvent(_ bytes: Int, _ body: (Int) -> Void) -> [(String, Double)] {
    for index in 0..<1_000 { body(index) }
    let begin = ftf_limits_now()
    for index in 0..<times { body(index) }
    let nanoseconds = Double(ftf_limits_now() - begin) / Double(times)
    return [("event", nanoseconds / 1_000), ("bytes", Double(bytes)), ("rate", Double(bytes) / nanoseconds * 1_000)]
}

extension Measure {
    static let jsonRead = Measure(name: "json-read") { _ in
        let texts = samples().map { Array($0.utf8) }
        var failed = 0
        let numbers = perEvent(texts.map(\.count).reduce(0, +) / texts.count) { index in
            let value = texts[index % texts.count].withUnsafeBufferPointer { try? JSONParser.parse($0) }
            if value == nil { failed += 1 }
        }
        return failed == 0 ? numbers : []
    }

    static let jsonWrite = Measure(name: "json-write") { _ in
        let texts = samples()
        let values = texts.compactMap { try? JSONParser.parse($0) }
        guard values.count == texts.count else { return [] }
        var buffer = ByteBuffer(capacity: 4_096)
        return perEvent(texts.map(\.utf8.count).reduce(0, +) / texts.count) { index in
            buffer.removeAll()
            buffer.append(json: values[index % values.count])
        }
    }
}
