// SPDX-License-Identifier: MIT
import FootfallStore

/// The stored events of one destination: reads the next batch and records the results.
struct DestinationQueue {
    let store: SerializedStore
    /// The destination's bit in the store.
    let destination: Int64
    /// The name that the row must still have: a bit is used again. `nil` for any.
    var name: String?
    /// Whether events are given `_metadata`; see ``Delivery/addsMetadata``.
    var addsMetadata = false

    /// The destination's row; `nil` when the destination was removed and another has its bit.
    private func row(_ store: Store) throws(StoreError) -> DestinationRow? {
        let row = try store.destinations.row(destination)
        return name.map { row?.name.isIdentical(to: $0) == true } ?? true ? row : nil
    }

    /// The destination's row, read outside of a transaction.
    func row() throws(StoreError) -> DestinationRow? {
        try store.withStore { (store) throws(StoreError) in try row(store) }
    }

    /// Reads the next batch.
    ///
    /// - Parameter cursor: The batch begins behind this event and behind the destination's position.
    /// - Returns: `nil` when no event waits there.
    func nextBatch(after cursor: Int64, limits: BatchLimits) throws(StoreError) -> DeliveryBatch? {
        try store.withStore { (store) throws(StoreError) in
            guard let row = try row(store) else { return nil }
            return try read(store, after: max(row.position, cursor), limits: limits, queued: row.queued)
        }
    }

    private func read(
        _ store: Store, after position: Int64, upTo last: Int64 = .max, limits: BatchLimits, queued: Int64
    ) throws(StoreError) -> DeliveryBatch? {
        var bytes: [UInt8] = []
        var ranges: [Range<Int>] = []
        var ids: [Int64] = []
        var hasDeletion = false
        bytes.reserveCapacity(min(limits.bytes, Int(min(max(queued, 1), 1 << 20)) * 1_024))
        let metadata = addsMetadata ? try metadata(store) : nil
        try store.events.forEach(for: destination, after: position, limit: limits.events) { id, body, isDeletion in
            let ending = isDeletion ? nil : metadata?.ending(of: body)
            let count = ending.map { body.count - 1 + $0.count } ?? body.count
            guard id <= last, ranges.isEmpty || bytes.count + ranges.count + count < limits.bytes else {
                return false
            }
            let begin = bytes.count
            bytes.append(contentsOf: body)
            if let ending {
                bytes.removeLast()
                bytes.append(contentsOf: ending)
            }
            ranges.append(begin..<bytes.count)
            ids.append(id)
            if isDeletion { hasDeletion = true }
            return true
        }
        guard !ids.isEmpty else { return nil }
        var batch = DeliveryBatch(bytes: bytes, ranges: ranges, ids: ids)
        batch.hasDeletion = hasDeletion
        batch.clockCorrections = try store.counters.value(CounterTable.clockCorrections)
        return batch
    }

    private func metadata(_ store: Store) throws(StoreError) -> EventMetadata? {
        let rows = try store.destinations.all()
        return rows.first { $0.id == destination }.flatMap { EventMetadata(for: $0.key, among: rows.map(\.key)) }
    }

    /// Makes the bytes of a batch final: they stay the same in each attempt.
    ///
    /// - Parameters:
    ///   - marks: Whether events with a doubtful time are marked; otherwise they are not tried.
    ///   - contested: A boot whose times are doubtful although its clock is believed.
    ///   - now: The clock may have been set since the last event.
    ///   - clocks: Is replaced by what the store knows of the clocks.
    /// - Returns: what must happen first. With ``DoubtfulTime/Need/nothing`` the batch may be
    ///   tried; its doubtful events are marked.
    func freeze(
        _ batch: DeliveryBatch, marks: Bool, contested: String? = nil, limits: BatchLimits, now: Moment,
        clocks: inout ClockStateMachine
    ) throws(StoreError) -> (need: DoubtfulTime.Need, batch: DeliveryBatch) {
        guard let first = batch.ids.first, let last = batch.ids.last else { return (.nothing, batch) }
        var marked: DeliveryBatch?
        let need = try store.withRoom { (store) throws(StoreError) in
            try store.transaction { (transaction: inout Store.Transaction) throws(StoreError) in
                guard let row = try row(store) else {
                    transaction.rollBack()
                    return DoubtfulTime.Need.reading
                }
                guard last > row.attempted else {
                    transaction.rollBack()
                    return .nothing
                }
                guard try store.counters.value(CounterTable.clockCorrections) == batch.clockCorrections else {
                    transaction.rollBack()
                    return .reading
                }
                clocks = ClockStateMachine(notBefore: clocks.notBefore, rows: try store.clocks.all())
                try note(now, &clocks, store)
                let need = try DoubtfulTime.need(of: batch, for: row, clocks, contested: contested, store)
                // The batch is not tried yet, but a step of the clock that was found is stored.
                if need == .correction || need == .asking && !marks { return need }
                if need == .asking {
                    try DoubtfulTime.mark(batch, for: row, clocks, contested: contested, store)
                    // The marks may make the batch a little longer than its limit.
                    let same = BatchLimits(events: batch.count, bytes: .max)
                    marked = try read(store, after: first - 1, upTo: last, limits: same, queued: 1)
                }
                try store.destinations.setAttempted(last, of: destination)
                return .nothing
            }
        }
        return (need, marked ?? batch)
    }

    /// Stores that the clock was set since the last event of this boot.
    private func note(_ now: Moment, _ clocks: inout ClockStateMachine, _ store: Store) throws(StoreError) {
        guard clocks.rows.contains(where: { $0.bootID == now.bootID }), clocks.row(of: now) == nil else { return }
        try store.clocks.add(clocks.add(now))
    }

    /// Stores the result of an attempt in one transaction.
    ///
    /// - Parameters:
    ///   - error: Why events of the batch become dead letters.
    ///   - retry: How the retries go on, as ``RetryRecord/text``.
    ///   - tally: The requests of the attempt.
    ///   - time: Now, put right if that is known.
    /// - Returns: how many events are left.
    func record(
        _ result: RetryStateMachine.BatchResult, of batch: DeliveryBatch, error: String?, retry: String?,
        now: Timestamp, tally: AttemptTally, at time: Timestamp
    ) throws(StoreError) -> Int64 {
        try store.withRoom { (store) throws(StoreError) in
            try store.transaction { (_) throws(StoreError) in
                // The destination was removed meanwhile, and its events were counted then.
                guard let name = try row(store)?.name else { return 0 }
                let isSuccess = result.delivered(of: batch.count) != nil
                try tally.add(to: store.counters, of: name, at: time, isSuccess: isSuccess)
                switch result {
                case .delivered(let deadLetters): try finish(batch.ids, deadLetters, error, now, store)
                case .deadLetter(let ids): try finish(ids, ids, error, now, store)
                case .eventByEvent(let results): try finish(results, now, store)
                case .keep: break
                }
                try store.destinations.setRetry(retry, of: destination)
                // A deletion request names its user: once delivered or refused, no trace of it stays.
                if result != .keep, batch.hasDeletion {
                    try Erasure.mark(store, .wiping)
                } else if result != .keep, store.leavesNoTraces {
                    try Erasure.mark(store, .emptying)
                }
                return try store.destinations.row(destination)?.queued ?? 0
            }
        }
    }

    /// Finishes all events up to the last of a batch. Events that were removed meanwhile to
    /// make room in a full store are counted as dropped already.
    private func finish(
        _ ids: [Int64], _ deadLetters: [Int64], _ error: String?, _ now: Timestamp, _ store: Store
    ) throws(StoreError) {
        guard let last = ids.last, let position = try store.destinations.row(destination)?.position else { return }
        var delivered = try store.events.count(for: destination, after: position, upTo: last)
        for id in deadLetters where try store.events.contains(id) {
            delivered -= 1
            try store.destinations.addDeadLetter(
                id, of: destination, reason: error ?? "refused", at: now.milliseconds)
        }
        if !deadLetters.isEmpty { try store.boundDeadLetters() }
        try store.destinations.advance(destination, to: last, delivered: max(delivered, 0))
        try store.destinations.removeDone(upTo: last, of: destination)
        let removed = try store.events.removeDone(after: position, upTo: last, destination: destination)
        try store.counters.add(-Int64(removed), to: CounterTable.rows)
        try store.counters.add(max(delivered, 0), to: CounterTable.delivered)
    }

    /// Finishes single events. A finished event behind one that waits is remembered until
    /// the destination's position has passed it.
    private func finish(
        _ results: RetryStateMachine.EventResults, _ now: Timestamp, _ store: Store
    ) throws(StoreError) {
        guard let position = try store.destinations.row(destination)?.position else { return }
        for (id, why) in results.deadLetters where try store.events.isWaiting(id, for: destination, after: position) {
            try store.destinations.addDeadLetter(id, of: destination, reason: why, at: now.milliseconds)
        }
        var delivered: Int64 = 0
        for id in results.delivered where try store.events.isWaiting(id, for: destination, after: position) {
            try store.destinations.addDone(id, of: destination, at: now.milliseconds)
            delivered += 1
        }
        var dropped: Int64 = 0
        for id in results.dropped where try store.events.isWaiting(id, for: destination, after: position) {
            try store.destinations.addDone(id, of: destination, at: now.milliseconds)
            dropped += 1
        }
        try store.destinations.addDelivered(delivered, to: destination)
        try store.destinations.addDropped(dropped, to: destination)
        try store.counters.add(delivered, to: CounterTable.delivered)
        try store.counters.add(dropped, to: CounterTable.droppedPrefix + DropReason.unmapped.rawValue)
        // The position moves up to the first event that still waits.
        let next = try store.events.firstWaiting(for: destination, after: position)
        let last = try store.counters.value(CounterTable.nextEvent) - 1
        let end = next.map { $0 - 1 } ?? max(last, position)
        try store.destinations.advance(destination, to: end, delivered: 0)
        try store.destinations.removeDone(upTo: end, of: destination)
        let removed = try store.events.removeDone(after: position, upTo: end, destination: destination)
        try store.counters.add(-Int64(removed), to: CounterTable.rows)
        if !results.deadLetters.isEmpty { try store.boundDeadLetters() }
    }

    /// How many events wait, by the sums in the destination's row.
    func queued() throws(StoreError) -> Int64 {
        try store.withStore { (store) throws(StoreError) in try row(store)?.queued ?? 0 }
    }
}
