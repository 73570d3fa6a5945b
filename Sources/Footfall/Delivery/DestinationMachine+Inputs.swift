// SPDX-License-Identifier: MIT
import FootfallStore

extension DestinationMachine {
    // MARK: - Pauses, in nanoseconds

    /// Until the pipeline has removed what an opt-out left: mostly it has already.
    static let erasurePause = Duration.milliseconds(50).nanoseconds
    /// After the store refused to read or write.
    static let storePause = Duration.seconds(1).nanoseconds
    /// Until the network is asked for again, unless the host says more: a month may have begun.
    static let networkPause = Duration.seconds(60).nanoseconds
    /// The pipeline moves stored events meanwhile; it says when that is done, or failed.
    static let longestCorrection = Duration.seconds(60).nanoseconds
    /// After the pipeline could not move stored events.
    static let correctionPause = Duration.seconds(1).nanoseconds

    // MARK: - Values

    /// How far the batch is.
    enum Phase: Sendable {
        case idle
        /// A turn reads and prepares a batch. Only within a turn.
        case beginning([Int64])
        case requesting(Request)
        /// A result is being stored. Only within a turn or an answer.
        case recording(AttemptResult, isTurn: Bool)
        /// The store did not take a result.
        case unrecorded(AttemptResult)
        case removed
    }

    /// When events are delivered without a flush.
    struct Schedule: Sendable {
        /// So many events are delivered at once.
        var flushAt: Int
        /// Events are delivered when the oldest waited so long; nanoseconds. 0 for never.
        var interval: Int64
        /// Whether events are delivered although no call waits for a flush.
        var isAutomatic: Bool
    }

    /// A request that waits for its answer.
    struct Request: Sendable, Equatable {
        /// The events of the batch.
        var ids: [Int64]
        /// An answer is recognised by it.
        var tag: UInt64
        /// The host that is asked for the time before the batch is tried; `nil` while the
        /// batch itself is under way.
        var timeHost: String?
    }

    /// The result of an attempt, for the store.
    struct AttemptResult: Sendable, Equatable {
        var events: RetryStateMachine.BatchResult
        var error: String?
    }

    /// What happened. Answers to an ``Action`` come at once, before any other input.
    enum Input: Sendable {
        // MARK: News

        /// So many events wait, as a commit or the store says.
        case queued(Int64)
        /// All events are to be delivered now.
        case flushWanted
        /// Another call waits for a flush: a process that delivers is asked again.
        case waiterCame
        /// Another process touched the wake file.
        case holderMayHaveEnded
        case networkUseChanged
        /// The host changed when events are delivered.
        case scheduleChanged(Schedule)
        /// Stored events have their right times.
        case clockIsKnown
        /// The pipeline could not move stored events.
        case clockIsNotKnown
        /// The pipeline begins to move stored events: nothing is sent meanwhile.
        case clockIsCorrected
        /// No request may go on: the user opted out, or the host closed the network.
        case requestsGivenUp
        /// The host disabled the client, for this reason; `nil` when it is enabled again.
        case suspended(String?)
        /// No request may go on, and errors that servers named are forgotten: they may quote a user.
        case answersForgotten
        /// The destination was removed: its request is given up.
        case removed
        /// The uploader's thread ends. Its requests end with libcurl.
        case ended

        // MARK: A turn

        /// The destination's turn on the thread.
        case turn(isWaitedFor: Bool)
        /// Answers ``Action/checkErasure``.
        case erasure(isDue: Bool)
        /// Answers ``Action/acquireLock``.
        case lockIsHeld
        /// Answers ``Action/acquireLock``, with the retries that the store records, if it can be read.
        case lockWon(RetryStateMachine?)
        /// Answers ``Action/acquireLock``, with the number of events that wait and the retries of
        /// the process that has the lock, if the store can be read.
        case lockIsHeldElsewhere(queued: Int64?, retries: RetryStateMachine? = nil)
        /// Answers ``Action/acquireLock``: this process must not deliver.
        case lockIsUnusable(StoreError, queued: Int64?)
        /// Answers ``Action/checkNetwork``, and ``Action/beginAttempt(retryCount:tag:)`` where that
        /// made no request because the network must not be used.
        case network(refusal: String?)
        /// Answers ``Action/checkConsent``.
        case consent(isWithdrawn: Bool)
        /// Answers ``Action/readBatch(after:limit:)`` and ``Action/useReadAhead``.
        case batchRead(ids: [Int64])
        /// Answers ``Action/readBatch(after:limit:)``: no event is left to try. `queued` events wait;
        /// `nil` if the store cannot be read.
        case nothingToRead(queued: Int64?)
        /// Answers ``Action/readBatch(after:limit:)`` or ``Action/prepareBatch``: the store failed.
        case storeFailed
        /// Answers ``Action/prepareBatch``: the batch may go.
        case batchReady(tag: UInt64)
        /// Answers ``Action/prepareBatch``: a host is to be asked for the time first.
        case timeNeeded(host: String, tag: UInt64)
        /// Answers ``Action/prepareBatch``: the events are to be read again.
        case batchDiscarded
        /// Answers ``Action/prepareBatch``: the pipeline must move the events first.
        case batchTimesAreWrong
        /// Answers ``Action/readAhead(after:)``.
        case readAhead(isFound: Bool)

        // MARK: An attempt

        /// The attempt goes on with another request.
        case nextRequest(tag: UInt64)
        /// The host that was asked for the time is done, with or without one.
        case timeHeard
        /// The attempt ended.
        case finished(DeliveryOutcome)
        /// Answers ``Action/record(_:)``: so many events are left.
        case recorded(queued: Int64)
        /// Answers ``Action/record(_:)``: the store did not take the result.
        case notRecorded(isBusy: Bool)
    }

    /// What is to be done.
    enum Action: Sendable, Equatable {
        // MARK: With an answer

        /// Says whether an opt-out still has to remove events.
        case checkErasure
        case acquireLock
        case checkNetwork
        /// Looks whether the user opted out in another program.
        case checkConsent
        /// Reads a batch behind an event, of at most so many events.
        case readBatch(after: Int64, limit: Int?)
        /// Takes the batch that was read ahead.
        case useReadAhead
        /// Puts the times of the batch right, or makes its bytes final.
        case prepareBatch
        /// Stores a result.
        case record(AttemptResult)
        /// Reads the batch behind the one under way.
        case readAhead(after: Int64)

        // MARK: With an answer later, or at once

        case askForTime(String, tag: UInt64)
        case beginAttempt(retryCount: Int, tag: UInt64)

        // MARK: Without an answer

        /// Lets other processes deliver.
        case releaseLock
        case reportLock(StoreError)
        case reportFailure(events: Int, String)
        /// Asks the process that delivers to flush.
        case askHolder
        /// Has the pipeline move stored events.
        case correctStoredTimes
        case dropReadAhead
        case cancelRequest(tag: UInt64)
        /// Frees the events of the batch that was under way.
        case forgetBatch
    }
}

extension DeliveryOutcome {
    /// Why not all events were accepted; `nil` when they were.
    var problem: String? {
        switch self {
        case .accepted: nil
        case .refused(let why), .retry(let why, _), .blocked(let why): why
        case .partial(let verdicts):
            switch verdicts.rest {
            case .refused(let why), .retry(let why, _), .blocked(let why): why
            case .again: verdicts.refused.values.first
            }
        }
    }
}
