// SPDX-License-Identifier: MIT
import CFootfall
import Footfall
import FootfallStore

/// What a `footfall_batch *` points to.
final class HostBatch: @unchecked Sendable {
    private let bytes: UnsafeMutableBufferPointer<UInt8>
    private let ranges: [Range<Int>]
    private let lock = Lock()
    // Protected by lock.
    private var refused: [Int: String] = [:]
    // Protected by lock.
    private var phase = Phase.delivering
    private let pending = PendingDelivery(limit: .seconds(3_600))

    private enum Phase { case delivering, pending, finished }

    init(_ batch: DeliveryBatch) {
        var ranges: [Range<Int>] = []
        var count = 0
        batch.forEach { event in
            ranges.append(count..<(count + event.count))
            count += event.count
        }
        let bytes = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: max(count, 1))
        var end = 0
        batch.forEach { event in
            for byte in event {
                bytes[end] = byte
                end += 1
            }
        }
        self.bytes = bytes
        self.ranges = ranges
    }

    deinit { bytes.deallocate() }

    static func known(_ pointer: OpaquePointer?) throws(CallProblem) -> HostBatch {
        guard let pointer else { throw .invalid("batch is NULL") }
        return Unmanaged<HostBatch>.fromOpaque(UnsafeRawPointer(pointer)).takeUnretainedValue()
    }

    var pointer: OpaquePointer { OpaquePointer(Unmanaged.passUnretained(self).toOpaque()) }

    var count: Int { ranges.count }

    func event(_ index: Int) throws(CallProblem) -> UnsafeBufferPointer<UInt8> {
        guard ranges.indices.contains(index) else { throw .invalid("index: the batch has \(ranges.count) events") }
        return UnsafeBufferPointer(rebasing: bytes[ranges[index]])
    }

    func refuse(_ index: Int, _ reason: String) throws(CallProblem) {
        guard ranges.indices.contains(index) else { throw .invalid("index: the batch has \(ranges.count) events") }
        lock.lock()
        defer { lock.unlock() }
        refused[index] = reason
    }

    // MARK: - A batch that is finished later

    /// `deliver` returned "pending".
    func later() -> DeliveryStep {
        // The host has the pointer until it finishes the batch.
        let isFinished = lock.withLock { () -> Bool in
            if phase == .delivering { phase = .pending }
            return phase == .finished
        }
        if !isFinished { _ = Unmanaged.passRetained(self) }
        return .later(pending)
    }

    func finish(_ code: Int32, _ reason: String?, after: Duration?) {
        let before = lock.withLock { () -> Phase in
            let before = phase
            phase = .finished
            return before
        }
        guard before != .finished else { return }
        pending.finish(outcome(code, reason, after: after))
        if before == .pending { Unmanaged.passUnretained(self).release() }
    }

    /// What a result of the C program means.
    func outcome(_ code: Int32, _ reason: String? = nil, after: Duration? = nil) -> DeliveryOutcome {
        let refused = lock.withLock { self.refused }
        let outcome: DeliveryOutcome =
            switch code {
            case 0: .accepted
            case 1: .retry(reason ?? "the program asked for another attempt", after: after)
            case 2: .refused(reason ?? "the program refused the batch")
            case 3: .blocked(reason ?? "the program cannot deliver")
            default: .retry(reason ?? "deliver returned \(code), which is unknown", after: after)
            }
        return outcome.refusing(refused, of: count)
    }
}
