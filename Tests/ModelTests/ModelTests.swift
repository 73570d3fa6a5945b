// SPDX-License-Identifier: MIT
import Glibc
import TestSupport
import Testing

@testable import Footfall

/// Random sequences of what happens to a device, against a model that is small
/// enough to be seen right. `FOOTFALL_SOAK=1` tries 100,000 of them, in a release
/// build; `FOOTFALL_SEQUENCES` says another number, and `FOOTFALL_SEED` tries the one
/// sequence of that seed. What fails is printed as it goes into ``NamedSequenceTests``.
@Suite struct ModelTests {
    private let sequences =
        getenv("FOOTFALL_SEQUENCES").flatMap { Int(String(cString: $0)) }
        ?? (getenv("FOOTFALL_SOAK") == nil ? 150 : 100_000)

    private func operations(_ seed: UInt64) -> [Operation] {
        var random = SplitMix64(seed: seed)
        return (0..<40).map { _ in Operation.random(&random) }
    }

    @Test func theStoreIsWhatTheModelSays() throws {
        if let seed = SplitMix64.wantedSeed {
            let found = Difference.found(by: operations(seed), seed: seed, on: try Disk())
            #expect(found == nil, "seed \(seed)")
            return
        }
        let failed = Guarded<UInt64?>(nil)
        // A device is one thread's; they have nothing in common.
        let threads = sequences < 1_000 ? 1 : Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        let disks = try (0..<threads).map { _ in try Disk() }
        let suite = self
        onThreads(threads) { thread in
            var seed = UInt64(thread) + 1
            while seed <= UInt64(suite.sequences), failed.current == nil {
                if Difference.found(by: suite.operations(seed), seed: seed, on: disks[thread]) != nil {
                    failed.read { $0 = min($0 ?? seed, seed) }
                }
                seed += UInt64(threads)
            }
        }
        guard let seed = failed.current else { return }
        let (shortest, what) = Difference.shrunk(operations(seed), seed: seed, on: disks[0])
        Issue.record("seed \(seed): \(what)\n\(shortest.map { "\($0)" }.joined(separator: ",\n"))")
    }
}
