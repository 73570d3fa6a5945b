// SPDX-License-Identifier: MIT
import FootfallStore

/// Writes calls to the process's spool, so that they survive its death.
///
/// Invariant: a spool that fails or is slow costs a caller at most a few slow writes; it is
/// tried again after a pause, and never once the directory is of no use.
///
/// It is guarded by the mailbox's lock.
struct SpoolWriter: ~Copyable {
    /// Where a call is. Without a payload, since each call copies it; see ``takeProblem()``.
    enum AppendResult {
        /// In the spool, too.
        case spooled
        /// In the spool, too; the host is told that the disk is slow.
        case spooledSlowly
        /// In memory only.
        case notSpooled
        /// In memory only; the host is told why.
        case failed
        /// In memory only, because the directory is of no use: the pipeline meets it as
        /// well, and tells the host once.
        case unusable
        /// Nowhere: its record is surely too large.
        case tooLarge

        var isSpooled: Bool { self == .spooled || self == .spooledSlowly }
        var hasProblem: Bool { self == .spooledSlowly || self == .failed }
    }

    private let make: @Sendable () throws(StoreError) -> Spool
    private let clock: SystemClock
    private var spool: Spool?
    /// Spools from before an erasure; the pipeline may still read them.
    private var staleSpools: [Spool] = []
    private var record = ByteBuffer(capacity: 4096)
    /// Nanoseconds since boot: the spool is not used before.
    private var retryAt: Int64 = 0
    private var slowWrites = 0
    private var problem: FootfallError?

    // Computed once: converting a Duration takes a division of 128 bits.
    private static let slowWrite = Limits.slowSpoolWrite.nanoseconds
    private static let pause = Limits.spoolPause.nanoseconds

    init(clock: SystemClock, make: @escaping @Sendable () throws(StoreError) -> Spool) {
        self.clock = clock
        self.make = make
    }

    /// Bytes of the record that was encoded last.
    var recordBytes: Int { record.count }

    /// What the host is told of the last call, if its result has a problem.
    mutating func takeProblem() -> FootfallError? {
        defer { problem = nil }
        return problem
    }

    /// Appends a call that is not an event.
    ///
    /// - Parameter start: The time of the call, in nanoseconds since boot.
    mutating func append(sequence: Int64, startedAt start: Int64, _ write: (inout ByteBuffer) -> Void) -> AppendResult {
        record.removeAll()
        SpoolRecord.begin(&record)
        write(&record)
        SpoolRecord.finish(&record, sequence: sequence)
        return append(sequence: sequence, startedAt: start)
    }

    /// Appends an event.
    ///
    /// - Parameter start: The time of the call, in nanoseconds since boot.
    mutating func append(_ event: borrowing Event, sequence: Int64, startedAt start: Int64) -> AppendResult {
        record.removeAll()
        SpoolRecord.begin(&record)
        EventRecord.write(event, to: &record)
        SpoolRecord.finish(&record, sequence: sequence)
        if EventSize.isSurelyTooLarge(recordBytes: record.count) { return .tooLarge }
        return append(sequence: sequence, startedAt: start)
    }

    /// Appends events that were in memory only, behind all others.
    ///
    /// - Returns: how many are not in the spool.
    mutating func keep(_ events: [Mailbox.Entry], after sequence: inout Int64) -> Int {
        var left = 0
        for entry in events {
            // A closure cannot be kept.
            guard case .event(let event, let closures) = entry.call, closures.isEmpty else {
                left += 1
                continue
            }
            sequence += 1
            if !append(event, sequence: sequence, startedAt: clock.boot()).isSpooled { left += 1 }
        }
        return left
    }

    private mutating func append(sequence: Int64, startedAt start: Int64) -> AppendResult {
        guard start >= retryAt else { return .notSpooled }
        do throws(StoreError) {
            let spool: Spool
            if let there = self.spool { spool = there } else { spool = try make() }
            self.spool = spool
            guard spool.size + record.count <= Limits.spoolBytes else { return .notSpooled }
            try spool.append(record, sequence: sequence)
        } catch {
            if error.isUnusable {
                retryAt = .max
                return .unusable
            }
            retryAt = start + Self.pause
            problem = FootfallError(
                .spoolUnavailable,
                "events are only safe once they are stored: the spool cannot be written (\(error)); it is tried again in a minute",
                underlying: error)
            return .failed
        }
        let isSlow = clock.boot() - start > Self.slowWrite
        slowWrites = isSlow ? slowWrites + 1 : 0
        guard slowWrites >= Limits.slowSpoolWrites else { return .spooled }
        slowWrites = 0
        retryAt = start + Self.pause
        problem = FootfallError(
            .spoolUnavailable,
            "the spool's disk took more than \(Limits.slowSpoolWrite) for \(Limits.slowSpoolWrites) writes in a row; it is not used for a minute"
        )
        return .spooledSlowly
    }

    // MARK: - The pipeline's side

    /// The spool's name; one that is missing is made. `nil` when that is not possible.
    mutating func makeSpool() -> String? {
        // The next call that is spooled meets the same error, and reports it.
        if spool == nil { spool = try? make() }
        return spool?.id
    }

    /// The spool's name in the store; `nil` when no call was ever spooled.
    var id: String? { spool?.id }

    /// Switches its files, so that what the pipeline reads is not appended to. False if
    /// that is not possible now.
    func switchFiles() -> Bool { spool?.switchFiles() ?? false }

    /// Reads the file that is not appended to.
    func reader() -> Spool.Cursor? { spool?.drainingReader() }

    /// Everything up to a sequence number is in the store.
    func removeRecords(upTo sequence: Int64) {
        // It is tried again after the next commit; adoption skips what is stored.
        try? spool?.stored(upTo: sequence)
    }

    /// Removes the spool after the last commit. False when records are in it.
    mutating func remove() -> Bool {
        guard let spool else { return true }
        guard spool.isEmpty else {
            spool.abandon()
            return false
        }
        spool.remove()
        self.spool = nil
        return true
    }

    // MARK: - Erasures, and fork

    /// What is spooled so far comes before an erasure.
    mutating func setAside() {
        if let spool { staleSpools.append(spool) }
        spool = nil
    }

    /// Removes the spools from before an erasure, when the pipeline has passed over their records.
    mutating func removeStale() {
        for spool in staleSpools { spool.remove() }
        staleSpools = []
    }

    /// In a forked child. Closing the inherited lock file does not free the parent's lock:
    /// it belongs to the open description, which the parent has too.
    mutating func abandonInChild() {
        spool?.abandon()
        spool = nil
        for spool in staleSpools { spool.abandon() }
        staleSpools = []
        retryAt = 0
    }
}
