// SPDX-License-Identifier: MIT
import CLimits
import Footfall
import FootfallCollector
import FootfallStore
import Glibc
import SegmentDestination

private let events = 30_000

extension Measure {
    /// Stores all events, then times one flush over one connection to a collector that
    /// inflates and counts them.
    static let delivered = Measure(name: "delivered") { directory in
        var configuration = CollectorConfiguration()
        configuration.validatesEvents = false
        guard let collector = try? Collector(configuration) else { return [] }
        let analytics = Analytics(
            configuration: Configuration(writeKey: "KEY").application(id: "com.example.Bench", version: "1.0")
                .stateDirectory(directory).flushAt(.max).flushInterval(.zero).errorHandler(printError))
        analytics.add(plugin: ContextPlugin())
        analytics.add(plugin: SegmentDestination(endpoint: "\(collector.url)/v1/b"))
        var corpus = Corpus()
        for index in 0..<events {
            if index % 500 == 0 {
                while Int64(index) - analytics.counters.stored > 10_000 { usleep(500) }
            }
            analytics.track(name: corpus.eventName(), properties: corpus.properties())
        }
        guard analytics.store(timeout: .seconds(30)) == nil else { return [] }
        let begin = ftf_limits_now()
        let report = analytics.flush(timeout: .seconds(60))
        let seconds = Double(ftf_limits_now() - begin) / 1e9
        let counters = analytics.counters
        analytics.close()
        collector.stop()
        guard report.queued == 0, counters.delivered == Int64(events) else { return failed(analytics) }
        return [
            ("rate", Double(events) / seconds), ("wire", Double(counters.bytesSent) / Double(events)),
            ("body", Double(counters.bytesBeforeCompression) / Double(events)),
            ("per-request", Double(events) / Double(counters.batches)),
        ]
    }

    /// The limit of `delivered`: compressing the same bodies with zlib in C.
    static let gzip = Measure(name: "gzip") { directory in
        let large = body(of: 500), small = body(of: 100)
        var size = 0
        let seconds = large.withUnsafeBufferPointer { ftf_limits_gzip($0.baseAddress, $0.count, 20, &size) }
        _ = small.withUnsafeBufferPointer { ftf_limits_gzip($0.baseAddress, $0.count, 1, &size) }
        return [("rate", 500 / seconds), ("wire", Double(size) / 100)]
    }

    private static func body(of count: Int) -> [UInt8] {
        var corpus = Corpus()
        var buffer = ByteBuffer()
        for index in 0..<count {
            var event = Event(type: .track, timestamp: Timestamp(milliseconds: 1_795_000_000_000 + Int64(index)))
            event.anonymousId = "5f0c1f7e-3a53-4b6e-9d05-6a1c0f8f2f11"
            event.event = corpus.eventName()
            event.properties = corpus.properties()
            event.context = [
                "library": ["name": "footfall", "version": "0.1.0"],
                "app": ["namespace": "com.example.Bench", "version": "1.0"],
            ]
            event.context.merge(deviceContext)
            buffer.append(utf8: event.jsonText)
            buffer.append(UInt8(ascii: ","))
        }
        return buffer.array()
    }
}
