// SPDX-License-Identifier: MIT
import Glibc
import Testing

@testable import Footfall

/// Random sequences of what happens to a device, against a model that is small
/// enough to be seen right. `FOOTFALL_SOAK=1` tries 100,000 of them.
@Suite struct ModelTests {
    private let sequences = getenv("FOOTFALL_SOAK") == nil ? 150 : 100_000

    /// What a sequence leads to; `nil` when all is as the model says.
    private func difference(_ operations: [Operation], seed: UInt64) -> String? {
        do {
            let device = try Device(seed: seed)
            for operation in operations { try device.run(operation) }
            try device.finish()
            return nil
        } catch {
            return "\(error)"
        }
    }

    @Test func theStoreIsWhatTheModelSays() {
        for seed in 1...UInt64(sequences) {
            var random = SplitMix64(state: seed)
            let operations = (0..<40).map { _ in Operation.random(&random) }
            guard difference(operations, seed: seed) != nil else { continue }
            let (shortest, what) = shrink(operations, seed)
            Issue.record("seed \(seed): \(what)\n\(shortest.map(\.description).joined(separator: "\n"))")
            return
        }
    }

    /// Leaves out what is not needed for the difference.
    private func shrink(_ operations: [Operation], _ seed: UInt64) -> ([Operation], String) {
        var shortest = operations
        var what = difference(operations, seed: seed) ?? ""
        var index = 0
        while index < shortest.count {
            var fewer = shortest
            fewer.remove(at: index)
            if let found = difference(fewer, seed: seed) {
                (shortest, what) = (fewer, found)
            } else {
                index += 1
            }
        }
        return (shortest, what)
    }
}
