// SPDX-License-Identifier: MIT
import FootfallStore

/// Puts a batch of prepared items into the store, in one transaction, with
/// everything that must change together with it.
///
/// It is the place where sessions are decided: see ``TransactionPlugin``.
final class BatchWriter {
    /// What one transaction carries.
    struct Batch {
        var items: [PreparedItem] = []
        /// The spools that it takes records from, and the last number of each.
        var spoolMarks: [(id: String, last: Int64)] = []
        var identity: Identity?
        var drops: [DropReason: Int64] = [:]
        /// Set in the key-value store.
        var values: [String: String] = [:]
        /// The destinations by whose bits its items are routed.
        var rows = DestinationIDs()
        /// Whether oldest events make room when the store is full.
        var mayEvict = true

        /// Notes the last record that was taken from a spool.
        mutating func mark(_ spool: String, _ last: Int64) {
            if let place = spoolMarks.lastIndex(where: { $0.id == spool }) {
                spoolMarks[place].last = last
            } else {
                spoolMarks.append((spool, last))
            }
        }
    }

    /// What came of it.
    struct Outcome {
        /// Rows written, markers among them.
        var rows = 0
        /// Items that are stored, without markers, by their place in the batch.
        var stored = 0
        var tooLarge: [Int] = []
        /// This process's identity, when it was written.
        var ownIdentity: Identity?
        /// Another process's identity, when it is newer.
        var foreignIdentity: Identity?
        /// The text of the identity as it is in the store now.
        var identityText: String?
        var drops: [DropReason: Int64] = [:]
        var isFull = false
        /// What the store says of the last erasure.
        var erasure = Erasure.State(nil)
        /// The rows that the batch removed must leave the -wal as well.
        var removesTraces = false
        /// The batch belongs before or behind that erasure: nothing was written.
        var isOfAnotherErasure = false
        /// A destination lost the bit by which items are routed.
        var isStale = false
        /// Events before the destinations, each.
        var queued: [Int64: Int64] = [:]
    }

    private var buffer = ByteBuffer(capacity: 64 << 10)
    private var lastSeenIdentity: String?
    private let prepareInsertion: (Event) -> PreparedEvent?
    private let clock: SystemClock
    private var lived = LivedTime()
    /// The clocks, as the last transaction found them.
    private(set) var clocks: ClockStateMachine

    init(clock: SystemClock, prepareInsertion: @escaping (Event) -> PreparedEvent?) {
        self.clock = clock
        clocks = ClockStateMachine(notBefore: clock.notBefore)
        self.prepareInsertion = prepareInsertion
    }

    /// Forgets the bodies of a batch that is stored.
    func removeAll() { buffer.removeAll() }

    /// An item of the batch; its body is written now, while the event is at hand.
    func item(_ prepared: consuming PreparedEvent, hasPlugin: Bool) -> PreparedItem {
        var item = PreparedItem()
        item.body = encode(prepared.event)
        item.routes = prepared.routes
        item.priority = prepared.event.priority
        item.stamp = prepared.event.stamp(by: clock)
        item.variants = prepared.variants
        item.waitsFor = prepared.waitsFor
        if item.routes.isEmpty, item.waitsFor.isEmpty { item.unrouted = prepared.event.integrations }
        if hasPlugin { item.occurrence = .event(prepared.event) }
        return item
    }

    /// The clock that an event was stamped by; a new one is put down.
    private func clockID(_ stamp: Moment?, _ store: Store) throws(StoreError) -> Int64 {
        guard let stamp, !stamp.bootID.isEmpty else { return 0 }
        if let row = clocks.row(of: stamp) { return row.id }
        try store.clocks.removeUnused(but: clock.bootID)
        clocks = ClockStateMachine(notBefore: clock.notBefore, rows: try store.clocks.all())
        let row = clocks.add(stamp)
        try store.clocks.add(row)
        return row.id
    }

    /// Reads what is known of the clocks, before the first events are corrected by it.
    func loadClocks(_ gate: SerializedStore) throws(StoreError) {
        clocks = try gate.withStore { (store) throws(StoreError) in
            ClockStateMachine(notBefore: clock.notBefore, rows: try store.clocks.all())
        }
    }

    /// The time of this boot is known, or was known before of what is stored now:
    /// moves that.
    ///
    /// - Parameter truth: Of this boot; `nil` leaves it at what is known.
    /// - Returns: how many events were changed.
    func correct(to truth: Int64?, gate: SerializedStore, plugin: (any TransactionPlugin)?) throws(StoreError) -> Int {
        let changed = try gate.withStore { (store) throws(StoreError) in
            try store.transaction(.full) { (_) throws(StoreError) in
                self.clocks = ClockStateMachine(notBefore: self.clock.notBefore, rows: try store.clocks.all())
                return try self.rethrowing {
                    var truths = self.clocks.correctable.filter { truth == nil || $0.bootID != self.clock.bootID }
                    if let truth { truths.append((self.clock.bootID, truth)) }
                    return try ClockCorrector(store: store, plugin: plugin).run(truths, &self.clocks)
                }
            }
        }
        plugin?.committed()
        return changed
    }

    /// Writes a batch. Plugins run outside the lock of the store; when a session
    /// turns that nobody foresaw, its markers are prepared and it is tried again.
    ///
    /// - Parameter erasure: The number of the erasure that the batch comes after.
    func write(
        _ batch: inout Batch, gate: SerializedStore, plugin: (any TransactionPlugin)?, synchronous: Store.Synchronous,
        erasure: Int64
    ) throws(StoreError) -> Outcome {
        while true {
            var wanted: (index: Int, events: [Event])?
            let outcome = try gate.withStore { (store) throws(StoreError) in
                try store.transaction(synchronous) { (transaction: inout Store.Transaction) throws(StoreError) in
                    let found = try Erasure.state(store)
                    guard found.number == erasure else {
                        transaction.rollBack()
                        var outcome = Outcome()
                        outcome.isOfAnotherErasure = true
                        outcome.erasure = found
                        return outcome
                    }
                    var outcome = try self.write(&batch, store, plugin, synchronous, &wanted)
                    outcome.erasure = found
                    if wanted != nil || outcome.isFull || outcome.isStale { transaction.rollBack() }
                    return outcome
                }
            }
            guard let found = wanted else {
                if !outcome.isFull, !outcome.isStale, !outcome.isOfAnotherErasure {
                    lastSeenIdentity = outcome.identityText
                    plugin?.committed()
                }
                return outcome
            }
            batch.items[found.index].planned = found.events
            batch.items[found.index].insertions = found.events.compactMap(prepareInsertion)
        }
    }

    /// What an item would become, by the state in the store, if there is one;
    /// nothing is written.
    func rehearse(
        _ item: PreparedItem, gate: SerializedStore, plugin: (any TransactionPlugin)?, hasStore: Bool
    ) -> [Event] {
        guard let occurrence = item.occurrence, case .event(var event) = occurrence else { return [] }
        var insertions = item.insertions.map(\.event)
        guard hasStore, let plugin else { return insertions + [event] }
        // A store that cannot be read now leaves it at what this process knows.
        try? gate.withStore { (store) throws(StoreError) in
            try store.transaction { (transaction: inout Store.Transaction) throws(StoreError) in
                transaction.rollBack()
                let state = TransactionState(store)
                state.clock = ClockStateMachine(notBefore: clock.notBefore, rows: try store.clocks.all())
                try rethrowing { try plugin.begin(state) }
                var settlement = try rethrowing { try plugin.settle(occurrence, planned: item.planned, state) }
                if case .plan(let wanted) = settlement {
                    insertions = wanted.compactMap { prepareInsertion($0)?.event }
                    try rethrowing { try plugin.begin(state) }
                    settlement = try rethrowing { try plugin.settle(occurrence, planned: wanted, state) }
                }
                switch settlement {
                case .keep(let withPlanned): if !withPlanned { insertions = [] }
                case .stamp(let withPlanned):
                    if !withPlanned { insertions = [] }
                    plugin.stamp(&event)
                case .plan: break
                }
            }
        }
        return insertions + [event]
    }

    private func encode(_ event: borrowing Event) -> Range<Int> {
        let begin = buffer.count
        buffer.append(event)
        return begin..<buffer.count
    }

    private func write(
        _ batch: inout Batch, _ store: Store, _ plugin: (any TransactionPlugin)?, _ synchronous: Store.Synchronous,
        _ wanted: inout (index: Int, events: [Event])?
    ) throws(StoreError) -> Outcome {
        var outcome = Outcome()
        outcome.drops = batch.drops
        // What is stamped is for this attempt only: a store that refuses a batch for
        // hours must not make it longer each time.
        let mark = buffer.count
        defer { buffer.truncate(to: mark) }
        let others = try store.destinations.all()
        guard batch.rows.agree(with: others) else {
            outcome.isStale = true
            return outcome
        }
        try settleIdentity(batch.identity, store, &outcome)
        let now = try lived.advance(store, bootID: clock.bootID, bootNanoseconds: clock.boot())
        try removeOld(store, &outcome)
        try makeRoom(for: batch, store, &outcome)
        guard !outcome.isFull else { return outcome }

        clocks = ClockStateMachine(notBefore: clock.notBefore, rows: try store.clocks.all())
        let state = TransactionState(store)
        state.clock = clocks
        try rethrowing { try plugin?.begin(state) }
        var rows = RowWriter(
            store, now: now, nextID: max(try store.counters.value(CounterTable.nextEvent), 1))
        for index in batch.items.indices {
            var planned = false
            batch.items[index].stamped = nil
            if plugin != nil {
                // The session that an event opens is put down with the event's clock.
                _ = try clockID(batch.items[index].stamp, store)
                if state.clock.rows.count != clocks.rows.count { state.clock = clocks }
                state.nextEvent = rows.nextID
            }
            if let plugin, let occurrence = batch.items[index].occurrence {
                let foreseen = batch.items[index].planned
                switch try rethrowing({ try plugin.settle(occurrence, planned: foreseen, state) }) {
                case .keep(let withPlanned): planned = withPlanned
                case .stamp(let withPlanned):
                    planned = withPlanned
                    stamp(&batch.items[index], plugin)
                case .plan(let events):
                    wanted = (index, events)
                    return outcome
                }
            }
            if planned {
                for (place, var insertion) in batch.items[index].insertions.enumerated() {
                    plugin?.stampPlanned(&insertion.event, at: place)
                    for variant in insertion.variants.indices {
                        plugin?.stampPlanned(&insertion.variants[variant].event, at: place)
                    }
                    // Encoded for this attempt only.
                    let mark = buffer.count
                    defer { buffer.truncate(to: mark) }
                    _ = try write(item(insertion, hasPlugin: false), others, &rows, &outcome)
                }
            }
            guard batch.items[index].body != nil else { continue }
            if try write(batch.items[index], others, &rows, &outcome) {
                outcome.stored += 1
            } else if let place = batch.items[index].batchIndex {
                outcome.tooLarge.append(place)
            }
        }
        try rethrowing { try plugin?.end(state) }
        if state.removesTraces {
            try Erasure.mark(store, .emptying)
            outcome.removesTraces = true
        }
        for (key, value) in batch.values { try store.keyValue.set(key, value) }
        outcome.rows = rows.count
        try rows.finish(drops: outcome.drops, spoolMarks: batch.spoolMarks)
        // A transaction that writes nothing syncs nothing of what came before it.
        if synchronous == .full, rows.count == 0 { try store.counters.add(1, to: CounterTable.syncs) }
        outcome.queued = try rows.queued()
        return outcome
    }

    /// False when the body is larger than is taken.
    private func write(
        _ item: PreparedItem, _ others: [DestinationRow], _ rows: inout RowWriter, _ outcome: inout Outcome
    ) throws(StoreError) -> Bool {
        guard let body = item.stamped?.body ?? item.body, body.count <= Limits.eventBytes else {
            outcome.drops[.tooLarge, default: 0] += 1
            return false
        }
        // Of a process without destinations, or one that could not register them
        // yet: the store's take the event.
        var routes = item.routes
        if !item.waitsFor.isEmpty {
            for row in others where item.waitsFor.contains(UTF8Key(row.name)) { routes.insert(row.id) }
        }
        if routes.isEmpty, !others.isEmpty, let integrations = item.unrouted {
            routes = .routes(for: integrations, among: others)
            guard !routes.isEmpty else {
                outcome.drops[.unrouted, default: 0] += 1
                return true
            }
        }
        let mark = buffer.count
        defer { buffer.truncate(to: mark) }
        let clock = try clockID(item.stamp, rows.store)
        // Variants are encoded first: the buffer must not move under the insertion.
        let variants = (item.stamped?.variants ?? item.variants).map { ($0.destination, encode($0.event)) }
        try buffer.withBytes { (bytes) throws(StoreError) in
            let whole = UnsafeBufferPointer(rebasing: bytes[body])
            try rows.add(
                body: whole, routes: routes, priority: item.priority, clock: clock,
                variants: variants.compactMap { destination, range in
                    let variant = UnsafeBufferPointer(rebasing: bytes[range])
                    return variant.elementsEqual(whole) ? nil : (destination, variant)
                })
        }
        return true
    }

    /// Puts a decision on copies: if the transaction is undone, another attempt
    /// decides by the event as it was.
    private func stamp(_ item: inout PreparedItem, _ plugin: any TransactionPlugin) {
        guard case .event(var event)? = item.occurrence else { return }
        plugin.stamp(&event)
        let variants = item.variants.map { variant in
            var copy = variant
            plugin.stamp(&copy.event)
            return copy
        }
        item.stamped = (encode(event), variants)
    }

    /// The latest change of the identity wins, whichever process made it.
    private func settleIdentity(_ own: Identity?, _ store: Store, _ outcome: inout Outcome) throws(StoreError) {
        let text = try store.keyValue.text(Identity.key)
        let isNews = text != lastSeenIdentity
        let stored = isNews || own != nil ? text.flatMap(Identity.init) : nil
        if var own, own.changed > (stored?.changed ?? Identity.never) || stored == nil {
            own.changed = max(own.changed, Timestamp(milliseconds: 0))
            let written = own.json.text
            try store.keyValue.set(Identity.key, written)
            outcome.identityText = written
            outcome.ownIdentity = own
            return
        }
        outcome.identityText = text
        if isNews { outcome.foreignIdentity = stored }
    }

    /// Bytes of the events that wait to be written.
    var bytes: Int { buffer.count }

    private func makeRoom(for batch: Batch, _ store: Store, _ outcome: inout Outcome) throws(StoreError) {
        let coming = Int64(batch.items.count)
        guard coming > 0 else { return }
        // A third more for pages that are not full.
        let comingBytes = Int64(buffer.count) * 4 / 3
        while true {
            let rows = try store.counters.value(CounterTable.rows)
            let bytes = try store.bytesInUse()
            let isFull =
                rows + coming > store.limits.events || bytes + comingBytes > store.limits.databaseBytes
            guard rows > 0, isFull else { return }
            guard batch.mayEvict else {
                outcome.isFull = true
                return
            }
            // A fiftieth more than must go, so that not every batch has to.
            let surplus = max(rows + coming - store.limits.events, 0) + max(rows / 50, 1)
            let least = try store.events.leastWanted(Int(min(surplus, Int64(Limits.evictedAtOnce))))
            guard !least.isEmpty else {
                // The counter is wrong, as in a store that was damaged.
                return try store.counters.add(-rows, to: CounterTable.rows)
            }
            outcome.drops[.evicted, default: 0] += try store.discard(least)
        }
    }

    private func removeOld(_ store: Store, _ outcome: inout Outcome) throws(StoreError) {
        guard let before = lived.expiry(of: store.limits.age) else { return }
        while true {
            let old = try store.events.stored(before: before, limit: Limits.evictedAtOnce)
            guard !old.isEmpty else { return }
            outcome.drops[.expired, default: 0] += try store.discard(old)
        }
    }

    /// Plugins throw what the store threw; anything else is theirs.
    private func rethrowing<R>(_ body: () throws -> R) throws(StoreError) -> R {
        let result = Result { try body() }
        switch result {
        case .success(let value): return value
        case .failure(let error):
            throw (error as? StoreError) ?? StoreError(.system(0), "a transaction plugin", "\(error)")
        }
    }
}
