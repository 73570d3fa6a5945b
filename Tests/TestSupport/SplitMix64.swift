// SPDX-License-Identifier: MIT
import Glibc

/// Random numbers that are the same for the same seed: SplitMix64 of Steele, Lea and
/// Flood, "Fast splittable pseudorandom number generators", 2014.
package struct SplitMix64: RandomNumberGenerator, Sendable {
    /// What it began with: for the message of a test that fails.
    package let seed: UInt64
    private var state: UInt64

    package init(seed: UInt64) {
        self.seed = seed
        state = seed
    }

    /// The generator of a random test: another seed in each run, which is printed. With
    /// `FOOTFALL_SEED=N` a run has the seed of an earlier one.
    package init(test: String = #function) {
        self.init(seed: Self.wantedSeed ?? UInt64.random(in: 0..<1 << 32))
        print("seed: FOOTFALL_SEED=\(seed) repeats \(test)")
        // A test that traps would take it along.
        fflush(nil)
    }

    /// The number in `FOOTFALL_SEED`; `nil` when it is not set.
    package static var wantedSeed: UInt64? {
        guard let text = getenv("FOOTFALL_SEED").map({ String(cString: $0) }), !text.isEmpty else { return nil }
        guard let seed = UInt64(text) else { preconditionFailure("FOOTFALL_SEED=\(text): it must be a whole number") }
        return seed
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
