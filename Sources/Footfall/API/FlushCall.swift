// SPDX-License-Identifier: MIT
import CSystem
import FootfallStore

/// A flush that is under way; ``Analytics/beginFlush(timeout:of:)`` begins it.
///
/// From any thread.
package struct FlushCall: Sendable {
    /// Which events the flush waits for. All are delivered.
    package enum Scope: Sendable {
        case allEvents
        /// The event, or the deletion request, that this client stored last.
        case lastEvent
    }

    private static let grace = Duration.milliseconds(250)
    /// The beginning of the problem of a flush that the uploader did not answer in time.
    package static let noAnswer = "the uploader did not answer within"

    private let reply: Reply<FlushReport>
    private let latest: LatestReport?
    /// Nanoseconds since boot: when it ends without an answer.
    private let end: Int64
    private let timeout: Duration
    /// Why calls may not be stored yet; `nil` when all are.
    private let unstored: FootfallError?

    /// - Parameter left: What is left of the timeout.
    init(
        _ reply: Reply<FlushReport>, latest: LatestReport?, timeout: Duration, left: Duration,
        unstored: FootfallError? = nil
    ) {
        self.unstored = unstored
        self.reply = reply
        self.latest = latest
        self.timeout = timeout
        // The uploader answers in time, unless a destination blocks it; a little more for a busy machine.
        let end = ftf_boot_nanoseconds().addingReportingOverflow((left + Self.grace).nanoseconds)
        self.end = end.overflow ? .max : end.partialValue
    }

    /// A flush that ended as soon as it began.
    init(ended report: FlushReport) {
        let reply = Reply<FlushReport>()
        reply.fulfil(report)
        self.init(reply, latest: nil, timeout: .zero, left: .zero)
    }

    /// The report as it would be now; `nil` before the uploader has looked.
    package var standing: FlushReport? { reply.current ?? latest?.current }

    /// Waits for the end of the flush.
    ///
    /// - Parameters:
    ///   - limit: The longest wait; `nil` for the timeout of the flush.
    ///   - descriptor: Also returns when this can be read, unless it is negative.
    /// - Returns: `nil` when the flush goes on.
    package func wait(atMost limit: Duration? = nil, orReadable descriptor: Int32 = -1) -> FlushReport? {
        let left = max(end - ftf_boot_nanoseconds(), 0)
        let slice = limit.map { min(max($0.nanoseconds, 0), left) } ?? left
        if let report = reply.wait(atMost: .nanoseconds(slice), orReadable: descriptor) { return completed(report) }
        guard ftf_boot_nanoseconds() >= end else { return nil }
        return FlushReport(problem: "\(Self.noAnswer) \(timeout)")
    }

    /// Calls that are not stored are in no number of the report, so it must not say that nothing
    /// waits. A plugin may be among these calls, so the client may have a destination.
    private func completed(_ report: FlushReport) -> FlushReport {
        guard let unstored else { return report }
        var report = report
        report.problems.removeAll { $0 == FlushReport.noDestination }
        report.problems.append(unstored.message)
        return report
    }
}

/// The report of a flush that is under way, as its caller may read it.
final class LatestReport: @unchecked Sendable {
    private let lock = Lock()
    // Protected by lock.
    private var report: FlushReport?

    var current: FlushReport? { lock.withLock { report } }

    func set(_ report: FlushReport) { lock.withLock { self.report = report } }
}
