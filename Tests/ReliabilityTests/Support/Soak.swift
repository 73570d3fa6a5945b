// SPDX-License-Identifier: MIT
import CSystem
import FootfallStore
import Glibc
import Testing

/// Whether the tests run in their long form.
let isSoak = getenv("FOOTFALL_SOAK").map { String(cString: $0) == "1" } ?? false

extension Reliability {
    /// How often something is tried: a number for each day, and one for `make soak`.
    static func count(short: Int, long: Int) -> Int { isSoak ? long : short }

    /// Puts down how often a claim was tried and held, and the worst figure seen.
    ///
    /// Printed, and in the long form added to the file that `FOOTFALL_SOAK_TABLE` names.
    static func note(_ test: String, tried: Int, held: Int, worst: String = "–") {
        let line = "soak\t\(test)\t\(tried)\t\(held)\t\(worst)"
        print(line)
        guard isSoak, let path = getenv("FOOTFALL_SOAK_TABLE") else { return }
        let file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard file >= 0 else { return }
        defer { close(file) }
        _ = "\(line)\n".withCString { write(file, $0, strlen($0)) }
    }
}

/// Numbers that are the same in each run.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// Asks again and again, a millisecond apart, until it is so; false when that
/// takes too long.
func poll(atMost limit: Duration, _ isSo: () throws -> Bool) rethrows -> Bool {
    let deadline = footfall_boot_nanoseconds() + limit.nanoseconds
    while footfall_boot_nanoseconds() < deadline {
        if try isSo() { return true }
        _ = footfall_wait_readable_for(-1, 1_000_000)
    }
    return try isSo()
}

/// Lets some time go by: not to wait for something, but because the time itself
/// is what is tried.
func letPass(_ duration: Duration) { letPass(until: footfall_boot_nanoseconds() + duration.nanoseconds) }

func letPass(until moment: Int64) {
    while true {
        let left = moment - footfall_boot_nanoseconds()
        guard left > 0 else { return }
        _ = footfall_wait_readable_for(-1, left)
    }
}
