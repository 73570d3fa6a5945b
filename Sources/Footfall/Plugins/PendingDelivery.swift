// SPDX-License-Identifier: MIT
import FootfallStore
import Glibc

/// An attempt that ``Delivery/begin(_:_:)`` began and that another thread finishes.
///
/// A destination that has to wait, for a library that blocks or for an answer that comes by
/// a callback, returns ``DeliveryStep/later(_:)`` and does not hold up other destinations:
///
/// ```swift
/// func begin(_ batch: DeliveryBatch, _ attempt: DeliveryAttempt) -> DeliveryStep {
///     let pending = PendingDelivery()
///     queue.add {
///         guard !pending.isCancelled else { return }
///         for index in warehouse.upload(batch) { pending.refuse(index, "the warehouse does not know it") }
///         pending.finish(.accepted)
///     }
///     return .later(pending)
/// }
/// ```
///
/// - **Thread**: all methods may be called from any thread. None waits.
/// - **End**: the first ``finish(_:)`` counts. If the object is released without one, the batch is
///   tried again as after ``DeliveryOutcome/retry(_:after:)``, and so it is when the limit is over.
/// - **Cancellation**: when the user opts out, the client is closed or disabled, or the destination
///   is removed, the attempt is given up at once; see ``isCancelled``.
/// - **fork**: a child knows nothing of its parent's attempts. In the child the methods do nothing.
public final class PendingDelivery: Sendable {
    package let state: PendingState

    /// An attempt that is finished later. Make one for each attempt.
    ///
    /// - Parameter limit: After this time the attempt counts as failed, and what ``finish(_:)`` says
    ///   is ignored: 60 seconds by default, one hour at most. Time in which the machine sleeps counts.
    public init(limit: Duration = .seconds(60)) { state = PendingState(limit: limit) }

    deinit { state.finish(.retry("the destination let go of the batch without an outcome", after: nil)) }

    /// Whether the client waits no longer. What was not sent yet must not be sent then: the user may
    /// have opted out, and the batch may be offered again.
    public var isCancelled: Bool { state.isOver }

    /// Refuses one event, which becomes a dead letter. Call it before ``finish(_:)``, which says what
    /// happens to the other events.
    ///
    /// - Parameters:
    ///   - index: The event's place in the batch, from 0. Another number is ignored.
    ///   - reason: Shown by `footfall dead-letters`. The last one for an index counts.
    public func refuse(_ index: Int, _ reason: String) { state.refuse(index, reason) }

    /// Ends the attempt.
    ///
    /// - Parameter outcome: What happened to the events that were not refused. The places in
    ///   ``DeliveryVerdicts`` are those of the whole batch.
    /// - Returns: false when the attempt was over before, so that the outcome is ignored.
    @discardableResult
    public func finish(_ outcome: DeliveryOutcome) -> Bool { state.finish(outcome) }
}

/// What the uploader and the destination both know of a pending attempt. The uploader keeps this
/// object only, so that it notices when the destination lets go of the ``PendingDelivery``.
package final class PendingState: @unchecked Sendable {
    /// How long the attempt may take.
    let limit: Duration
    /// A child must not take the lock: another thread of its parent may have held it during fork().
    private let process = getpid()
    private let lock = Lock()
    // Protected by lock.
    private var phase = Phase.open
    // Protected by lock. By the place in the batch.
    private var refused: [Int: String] = [:]
    // Protected by lock. Wakes the uploader.
    private var wake: (@Sendable () -> Void)?
    // Protected by lock.
    private var isAttached = false

    private enum Phase {
        case open
        /// The uploader has not taken the outcome yet.
        case finished(DeliveryOutcome)
        /// The outcome was taken, or the attempt was given up.
        case over
    }

    init(limit: Duration) { self.limit = min(max(limit, .zero), Limits.longestPendingDelivery) }

    private var isOwn: Bool { process == getpid() }

    // MARK: - The destination, on any thread

    var isOver: Bool {
        guard isOwn else { return true }
        return lock.withLock { if case .over = phase { true } else { false } }
    }

    func refuse(_ index: Int, _ reason: String) {
        guard isOwn else { return }
        lock.withLock { if case .open = phase { refused[index] = reason } }
    }

    @discardableResult
    func finish(_ outcome: DeliveryOutcome) -> Bool {
        guard isOwn else { return false }
        var wake: (@Sendable () -> Void)?
        let isFirst = lock.withLock {
            guard case .open = phase else { return false }
            phase = .finished(outcome)
            (wake, self.wake) = (self.wake, nil)
            return true
        }
        // Without a lock: the uploader takes its own.
        wake?()
        return isFirst
    }

    // MARK: - The uploader

    /// The uploader waits for the outcome from now on.
    ///
    /// - Returns: false when it waited for it in an earlier attempt.
    func attach(_ wake: @escaping @Sendable () -> Void) -> Bool {
        lock.withLock {
            guard !isAttached else { return false }
            isAttached = true
            if case .open = phase { self.wake = wake }
            return true
        }
    }

    /// The outcome for a batch of so many events; `nil` when there is none yet, or it was taken before.
    package func take(count: Int) -> DeliveryOutcome? {
        lock.withLock { takeLocked(count) }
    }

    /// Gives the attempt up.
    ///
    /// - Returns: the outcome that came just before.
    @discardableResult
    func cancel(count: Int) -> DeliveryOutcome? {
        lock.withLock {
            defer {
                phase = .over
                wake = nil
            }
            return takeLocked(count)
        }
    }

    private func takeLocked(_ count: Int) -> DeliveryOutcome? {
        guard case .finished(let outcome) = phase else { return nil }
        phase = .over
        return outcome.refusing(refused, of: count)
    }
}

extension DeliveryOutcome {
    /// This outcome for a batch of so many events, of which these are refused.
    ///
    /// - Parameter refused: The reasons by the event's place. Places outside the batch are ignored.
    package func refusing(_ refused: [Int: String], of count: Int) -> DeliveryOutcome {
        let places = 0..<max(count, 0)
        let refused = refused.filter { places.contains($0.key) }
        guard !refused.isEmpty else { return self }
        var verdicts = DeliveryVerdicts()
        if let own = DeliveryVerdicts(self) { verdicts = own } else { verdicts.delivered = Set(places) }
        verdicts.refused.merge(refused) { _, later in later }
        verdicts.delivered.subtract(refused.keys)
        verdicts.dropped.subtract(refused.keys)
        return .partial(verdicts)
    }
}
