// SPDX-License-Identifier: MIT

@testable import FootfallCollector

/// Keeps the batches that a collector told of.
final class Recorder: Sendable {
    private let kept = Guarded<[CollectedBatch]>([])
    var batches: [CollectedBatch] { kept.withLock { $0 } }
    func record(_ batch: CollectedBatch) { kept.withLock { $0.append(batch) } }
}
