// SPDX-License-Identifier: MIT
import FootfallStore
import TestSupport
import Testing

@testable import Footfall

/// `_metadata` names the destinations that the device delivers to by itself.
@Suite struct EventMetadataTests: DeliveryBench {
    let directory = TemporaryDirectory()
    private let segment = RecordingDelivery(addsMetadata: true)

    private func make(_ others: [(name: String, key: String)], delivers: Bool = true) -> Analytics {
        let analytics = Analytics(configuration: .test(directory).delivers(delivers))
        for (name, key) in others { analytics.add(plugin: RecordingDestination(name: name, key: key)) }
        analytics.add(plugin: RecordingDestination(name: "segment", key: "Segment.io", segment))
        return analytics
    }

    private let expected: JSON = ["bundled": ["Actions Amplitude", "b"], "unbundled": [], "bundledIds": []]

    @Test func namesTheOtherDestinationsSorted() throws {
        let analytics = make([("b", "b"), ("amplitude", "Actions Amplitude"), ("second", "Segment.io"), ("c", "b")])
        analytics.track(name: "A")
        #expect(analytics.flush(timeout: .seconds(10)).isDelivered)
        #expect(segment.bodies.map { $0["_metadata"] } == [expected])
        #expect(segment.bodies.first?.members.last?.key == "_metadata", "put in at the end, at delivery")
        #expect(analytics.close())
    }

    @Test func everyProcessSaysTheSame() throws {
        let both = make([("amplitude", "Actions Amplitude"), ("b", "b")], delivers: false)
        both.track(name: "A")
        #expect(both.store(timeout: .seconds(10)) == nil)
        let bodies = try inspect(directory) { store in
            var found: [String] = []
            try store.events.forEach(for: 2, after: 0, limit: 10) { _, body, _ in
                found.append(String(decoding: body, as: UTF8.self))
                return true
            }
            return found
        }
        #expect(bodies.count == 1 && bodies.allSatisfy { !$0.contains("_metadata") }, "no stored event grows")
        #expect(both.close())
        let other = make([])
        other.track(name: "B")
        _ = other.flush(timeout: .seconds(10))
        #expect(segment.names == ["A", "B"])
        #expect(segment.bodies.map { $0["_metadata"] } == [expected, expected])
        #expect(other.close())
    }

    @Test func isLeftOutWhereThereIsNoOtherDestination() {
        let analytics = make([])
        analytics.track(name: "A")
        #expect(analytics.flush(timeout: .seconds(10)).isDelivered)
        #expect(segment.bodies.count == 1 && segment.bodies[0]["_metadata"] == nil)
        #expect(analytics.close())
    }

    @Test func anEventKeepsTheOneThatItBrought() {
        let analytics = make([("b", "b")])
        var event = Event(name: "A", at: analytics.configuration.clock.moment)
        event.extra["_metadata"] = ["bundled": ["Braze"]]
        analytics.process(event)
        analytics.track(name: "B", properties: ["_metadata": true])
        #expect(analytics.flush(timeout: .seconds(10)).isDelivered)
        #expect(
            segment.bodies.map { $0["_metadata"]?.objectValue?["bundled"] } == [["Braze"], ["b"]],
            "a property of that name is none")
        #expect(analytics.close())
    }

    @Test func aDeletionRequestHasNone() {
        let analytics = Analytics(configuration: .test(directory))
        analytics.add(plugin: RecordingDestination(name: "b"))
        analytics.add(
            plugin: RecordingDestination(name: "segment", key: "Segment.io", segment, takesDeletions: true))
        analytics.track(name: "A")
        #expect(analytics.flush(timeout: .seconds(10)).isDelivered)
        analytics.forget()
        #expect(analytics.flush(timeout: .seconds(10)).isDelivered)
        #expect(segment.names == ["A", "delete"])
        #expect(segment.bodies.map { $0["_metadata"] != nil } == [true, false])
        #expect(analytics.close())
    }

    @Test func countsWhenABatchIsCut() throws {
        let other = make([("b", "b")], delivers: false)
        track(other, 1...3)
        #expect(other.store(timeout: .seconds(10)) == nil)
        #expect(other.close())
        let size = try inspect(directory) { store in
            Int(try store.connection.integer("SELECT max(length(body)) FROM event"))
        }
        // Two events, a separator and what the shortest end needs.
        let metadata = #","_metadata":{"bundled":["b"],"unbundled":[],"bundledIds":[]}"#.utf8.count
        for (bytes, batches) in [(2 * (size + metadata) + 2, [2, 1]), (2 * (size + metadata), [1, 1, 1])] {
            #expect(try batchCounts(BatchLimits(events: 10, bytes: bytes)) == batches, "\(bytes) bytes")
        }
    }

    /// How many events each batch of the destination `segment` has, read one behind the other.
    private func batchCounts(_ limits: BatchLimits) throws -> [Int] {
        let store = SerializedStore(
            directory: StateDirectory(path: directory.path), use: .oneShot, limits: StoreLimits(), mayUseMemory: false,
            report: { _ in })
        let queue = DestinationQueue(store: store, destination: 1, addsMetadata: true)
        var counts: [Int] = []
        var last: Int64 = 0
        while let batch = try queue.nextBatch(after: last, limits: limits), let end = batch.ids.last {
            counts.append(batch.count)
            last = end
        }
        return counts
    }

    @Test func anEventOfExactlyTheLimitGoesOutWithoutIt() throws {
        let metadata = try #require(EventMetadata(for: "Segment.io", among: ["b", "Segment.io"]))
        let added = #","_metadata":{"bundled":["b"],"unbundled":[],"bundledIds":[]}"#.utf8.count
        func isAdded(_ bytes: Int) -> Bool {
            let body = #"{"x":"\#(String(repeating: "x", count: bytes - 8))"}"#
            return Array(body.utf8).withUnsafeBufferPointer { metadata.ending(of: $0) } != nil
        }
        #expect(isAdded(Limits.eventBytes - added), "32 KiB with it")
        #expect(!isAdded(Limits.eventBytes - added + 1))
        #expect(!isAdded(Limits.eventBytes))

        let analytics = make([("b", "b")])
        analytics.track(name: "A")
        #expect(analytics.flush(timeout: .seconds(10)).isDelivered)
        let without = try #require(segment.bodies.first).text.utf8.count - added
        analytics.track(
            name: "A", properties: ["x": .string(String(repeating: "x", count: Limits.eventBytes - without - 22))])
        #expect(analytics.flush(timeout: .seconds(10)).isDelivered)
        let large = try #require(segment.bodies.last)
        #expect(large.text.utf8.count <= Limits.eventBytes && large.text.utf8.count > Limits.eventBytes - added)
        #expect(large["_metadata"] == nil)
        #expect(analytics.close())
    }
}
