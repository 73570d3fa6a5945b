// SPDX-License-Identifier: MIT
import Synchronization

/// The settings of a client that the host may change while it runs. From any thread.
///
/// Whoever changes one tells the threads that follow it; they read it here.
final class RunTimeSettings: Sendable {
    private let enabled = Atomic(true)
    private let flushCount: Atomic<Int>
    private let flushNanoseconds: Atomic<Int64>

    init(_ configuration: Configuration) {
        flushCount = Atomic(max(configuration.flushAt, 1))
        flushNanoseconds = Atomic(max(configuration.flushInterval.nanoseconds, 0))
    }

    var isEnabled: Bool { enabled.load(ordering: .acquiring) }

    /// Why this process delivers nothing, and others may; `nil` when it is enabled.
    var suspension: String? { isEnabled ? nil : "the client is disabled (isEnabled)" }

    /// - Returns: whether that changes anything.
    func setEnabled(_ isEnabled: Bool) -> Bool {
        enabled.exchange(isEnabled, ordering: .acquiringAndReleasing) != isEnabled
    }

    /// So many events of a destination start a delivery.
    var flushAt: Int {
        get { flushCount.load(ordering: .relaxed) }
        set { flushCount.store(max(newValue, 1), ordering: .relaxed) }
    }

    /// How long an event waits for others, in nanoseconds; 0 for ever.
    var flushInterval: Int64 {
        get { flushNanoseconds.load(ordering: .relaxed) }
        set { flushNanoseconds.store(max(newValue, 0), ordering: .relaxed) }
    }
}
