// SPDX-License-Identifier: MIT
import CSystem
import FootfallJSON

/// The two clocks: the wall clock, which may step, and the time since boot, which counts
/// suspend and never steps. Tests use their own.
package struct SystemClock: Sendable {
    package var wall: @Sendable () -> Timestamp
    /// Nanoseconds since boot.
    package var boot: @Sendable () -> Int64
    /// The id of the boot.
    package var bootID: String
    /// A wall time before this is wrong.
    package var notBefore: Timestamp
    /// Whether a time service sets the kernel's clock. Then the clock is right, whatever a
    /// server says.
    package var isSynchronized: @Sendable () -> Bool

    package init(
        wall: @escaping @Sendable () -> Timestamp, boot: @escaping @Sendable () -> Int64, bootID: String,
        notBefore: Timestamp = Timestamp(milliseconds: 0), isSynchronized: @escaping @Sendable () -> Bool = { false }
    ) {
        self.isSynchronized = isSynchronized
        self.notBefore = notBefore
        self.wall = wall
        self.boot = boot
        self.bootID = bootID
    }

    package static let system = SystemClock(
        wall: { Timestamp(milliseconds: ftf_wall_milliseconds()) },
        boot: { ftf_boot_nanoseconds() },
        bootID: currentBootID(), notBefore: FootfallVersion.date,
        isSynchronized: { ftf_is_synchronized() != 0 })

    private static func currentBootID() -> String {
        var text = [CChar](repeating: 0, count: 37)
        // Without /proc two boots look like one, and gaps are measured by the time since boot.
        guard ftf_boot_id(&text) == 0 else { return "unknown" }
        return String(decoding: text.prefix(36).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

extension Duration {
    /// The duration in nanoseconds; the largest that 64 bits hold if it is longer.
    package var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        if overflow { return seconds < 0 ? .min : .max }
        let (sum, carried) = product.addingReportingOverflow(attoseconds / 1_000_000_000)
        return carried ? (seconds < 0 ? .min : .max) : sum
    }
}
