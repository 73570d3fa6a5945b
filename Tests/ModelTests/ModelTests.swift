// SPDX-License-Identifier: MIT
import Glibc
import TestSupport
import Testing

@testable import Footfall

/// Random sequences of what happens to a device, against a model that is small
/// enough to be seen right. `FOOTFALL_SOAK=1` tries 100,000 of them, in a release
/// build; `FOOTFALL_SEQUENCES` says another number.
@Suite struct ModelTests {
    private let sequences =
        getenv("FOOTFALL_SEQUENCES").flatMap { Int(String(cString: $0)) }
        ?? (getenv("FOOTFALL_SOAK") == nil ? 150 : 100_000)

    /// What a sequence leads to; `nil` when all is as the model says.
    private func difference(_ operations: [Operation], _ seed: UInt64, _ disk: Disk) -> String? {
        do {
            let device = try Device(seed: seed, disk: disk)
            for operation in operations { try device.run(operation) }
            try device.finish()
            return nil
        } catch {
            return "\(error)"
        }
    }

    @Test func theStoreIsWhatTheModelSays() throws {
        let failed = Guarded<UInt64?>(nil)
        // A device is one thread's; they have nothing in common.
        let threads = sequences < 1_000 ? 1 : Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        let disks = try (0..<threads).map { _ in try Disk() }
        let suite = self
        onThreads(threads) { thread in
            var seed = UInt64(thread) + 1
            while seed <= UInt64(suite.sequences), failed.current == nil {
                var random = SplitMix64(state: seed)
                let operations = (0..<40).map { _ in Operation.random(&random) }
                if suite.difference(operations, seed, disks[thread]) != nil { failed.read { $0 = $0 ?? seed } }
                seed += UInt64(threads)
            }
        }
        guard let seed = failed.current else { return }
        var random = SplitMix64(state: seed)
        let (shortest, what) = shrink((0..<40).map { _ in Operation.random(&random) }, seed, try Disk())
        Issue.record("seed \(seed): \(what)\n\(shortest.map { "\($0)" }.joined(separator: "\n"))")
    }

    /// Leaves out what is not needed for the difference.
    private func shrink(_ operations: [Operation], _ seed: UInt64, _ disk: Disk) -> ([Operation], String) {
        var shortest = operations
        var what = difference(operations, seed, disk) ?? ""
        var index = 0
        while index < shortest.count {
            var fewer = shortest
            fewer.remove(at: index)
            if let found = difference(fewer, seed, disk) {
                (shortest, what) = (fewer, found)
            } else {
                index += 1
            }
        }
        return (shortest, what)
    }
}
