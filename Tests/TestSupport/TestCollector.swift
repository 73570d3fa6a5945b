// SPDX-License-Identifier: MIT
import Footfall
import FootfallCollector

/// A collector on a free port, and the batches that it took. It stops with the object.
package final class TestCollector: Sendable {
    package let collector: Collector
    private let taken: Guarded<[CollectedBatch]>

    package init(_ change: (inout CollectorConfiguration) -> Void = { _ in }) throws {
        var configuration = CollectorConfiguration()
        change(&configuration)
        let taken = Guarded<[CollectedBatch]>([])
        self.taken = taken
        collector = try Collector(configuration) { batch in taken.read { $0.append(batch) } }
    }

    deinit { collector.stop() }

    package var url: String { collector.url }
    package var batches: [CollectedBatch] { taken.current }

    /// The events of all batches, in order; one that is no JSON object is an error.
    package var events: [JSONObject] {
        get throws {
            try batches.flatMap { batch in
                try batch.events().map { event in
                    guard let object = event.objectValue else { throw NoObject(text: event.text) }
                    return object
                }
            }
        }
    }
}
