// SPDX-License-Identifier: MIT
import Footfall
import FootfallCollector
import TestSupport
import Testing

@testable import SegmentDestination

/// What reaches a server when the host changes the requests.
@Suite struct SegmentWireTests {
    let directory = TemporaryDirectory()

    @Test func aHostChangesTheRequests() throws {
        let collector = try TestCollector()
        let url = "\(collector.url)/v1/b"
        let seen = Guarded<[String]>([])
        let segment = SegmentDestination(endpoint: "https://api.unreachable.invalid/v1/b")
        segment.replaceDelivery { own in
            own.changingRequests { request in
                if !request.body.isEmpty { seen.read { $0.append("\(request.url) \(request.isCompressed)") } }
                request.url = url
                request.headers.append((name: "X-Device", value: "kiosk-7"))
                request.isCompressed = false
            }
        }
        let analytics = Analytics(configuration: .test(directory), plugins: [segment])
        analytics.track(name: "A")
        #expect(analytics.flush(timeout: .seconds(10)).isDelivered)
        #expect(seen.current == ["https://api.unreachable.invalid/v1/b true"])
        let batch = try #require(collector.batches.first)
        #expect(!batch.isGzip && batch.writeKey == "KEY")
        #expect(analytics.close())
    }
}
