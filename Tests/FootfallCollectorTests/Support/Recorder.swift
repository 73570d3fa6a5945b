// SPDX-License-Identifier: MIT

@testable import FootfallCollector

/// Keeps the batches and the refusals that a collector told of.
final class Recorder: Sendable {
    private let kept = Guarded<[CollectedBatch]>([])
    var batches: [CollectedBatch] { kept.withLock { $0 } }
    func record(_ batch: CollectedBatch) { kept.withLock { $0.append(batch) } }

    private let refused = Guarded<[CollectorRefusal]>([])
    var refusals: [CollectorRefusal] { refused.withLock { $0 } }
    func record(_ refusal: CollectorRefusal) { refused.withLock { $0.append(refusal) } }
}
