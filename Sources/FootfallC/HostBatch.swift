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

    /// What a result of the C program means.
    func outcome(_ code: Int32, _ reason: String? = nil, after: Duration? = nil) -> DeliveryOutcome {
        switch code {
        case 0:
            let refused = lock.withLock { self.refused }
            guard !refused.isEmpty else { return .accepted }
            var verdicts = DeliveryVerdicts()
            verdicts.refused = refused
            verdicts.delivered = Set(ranges.indices.filter { refused[$0] == nil })
            return .partial(verdicts)
        case 1: return .retry(reason ?? "the program asked for another attempt", after: after)
        case 2: return .refused(reason ?? "the program refused the batch")
        case 3: return .blocked(reason ?? "the program cannot deliver")
        default: return .retry(reason ?? "deliver returned \(code), which is unknown", after: after)
        }
    }
}
