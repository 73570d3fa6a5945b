// SPDX-License-Identifier: MIT
import Footfall
import FootfallCollector
import TestSupport
import Testing

@testable import SegmentDestination

/// What reaches a server: `_metadata`, and requests that the host changed.
@Suite struct SegmentWireTests {
    let directory = TemporaryDirectory()

    @Test func namesTheOtherDestinationsOfTheDevice() throws {
        let collector = try TestCollector()
        let analytics = Analytics(
            configuration: .test(directory),
            plugins: [
                SegmentDestination(endpoint: "\(collector.url)/v1/b"),
                RecordingDestination(name: "amplitude", key: "Actions Amplitude"),
            ])
        analytics.track(name: "A")
        analytics.track(name: "B")
        #expect(analytics.flush(timeout: .seconds(10)).isDelivered)
        let expected: JSON = ["bundled": ["Actions Amplitude"], "unbundled": [], "bundledIds": []]
        #expect(try collector.events.map { $0["_metadata"] } == [expected, expected])
        let amplitude = analytics.find(key: "Actions Amplitude")
        let names = amplitude?.read { ($0 as? RecordingDestination)?.delivery.bodies.map { $0["_metadata"] } }
        #expect(names == [nil, nil], "it is for Segment only")
        #expect(analytics.close())
    }

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
