// SPDX-License-Identifier: MIT
import FootfallStore

/// Writes a batch into the store in one transaction, with everything that must change
/// together with it. Sessions are decided here: see ``TransactionPlugin``.
///
/// It belongs to the pipeline's thread.
final class BatchWriter {
    /// What a transaction came to.
    enum WriteResult {
        case written(CommitOutcome)
        /// The store has no room for the batch: nothing was written.
        case full
        /// The batch comes before or after another erasure than the store: nothing was written.
        case ofAnotherErasure(Erasure.State)
        /// A destination lost the bit by which events are routed: nothing was written.
        case stale
        /// The caller that waits for the batch gave up: nothing was written.
        case givenUp
        /// A session turns where no plugin foresaw it: these events belong before an item.
        case unforeseen(index: Int, events: [Event])
    }

    let clocks: KnownClocks
    private let clock: SystemClock
    private let source: String
    private let prepareInsertion: (Event) -> PreparedEvent?
    private var bodies = ByteBuffer(capacity: 64 << 10)
    private var lastSeenIdentity: String?
    private var retention = Retention()
    private let storages: PluginStorages?
    private let gate: CallbackGate

    init(
        clock: SystemClock, clocks: KnownClocks? = nil, source: String = "", storages: PluginStorages? = nil,
        gate: CallbackGate = CallbackGate(), prepareInsertion: @escaping (Event) -> PreparedEvent?
    ) {
        self.storages = storages
        self.gate = gate
        self.clock = clock
        self.source = source
        self.clocks = clocks ?? KnownClocks(clock)
        self.prepareInsertion = prepareInsertion
    }

    // MARK: - Bodies

    /// Bytes of the bodies that wait to be written, and of the events that are kept for
    /// plugins which see them afterwards.
    var bytes: Int { bodies.count + observedBytes }

    private var observedBytes = 0

    /// Forgets the bodies of a batch that is stored.
    func removeAll() {
        bodies.removeAll()
        observedBytes = 0
    }

    /// An item of the batch. Its body is encoded now, while the event is at hand.
    func item(_ prepared: consuming PreparedEvent, hasPlugin: Bool) -> PreparedItem {
        var item = PreparedItem()
        let body = encode(prepared.event)
        if prepared.hasRow { item.body = body } else { bodies.truncate(to: body.lowerBound) }
        item.observed = prepared.observed
        if prepared.isObserved { observedBytes += body.count }
        item.routes = prepared.routes
        item.priority = prepared.event.priority
        item.stamp = prepared.event.stamp(by: clock)
        item.variants = prepared.variants
        item.waitsFor = prepared.waitsFor
        item.messageId = prepared.messageId
        if item.routes.isEmpty, item.waitsFor.isEmpty, prepared.hasRow { item.unrouted = prepared.event.integrations }
        if hasPlugin { item.occurrence = .event(prepared.event) }
        return item
    }

    private func encode(_ event: borrowing Event) -> Range<Int> {
        let begin = bodies.count
        bodies.append(event)
        return begin..<bodies.count
    }

    // MARK: - Writing

    /// Writes a batch. Plugins run outside the lock of the store: when a session turns
    /// that no plugin foresaw, its markers are prepared and the batch is tried again.
    ///
    /// - Parameter erasure: The number of the erasure that the batch comes after.
    func write(
        _ batch: inout Batch, store: SerializedStore, plugin: (any TransactionPlugin)?,
        synchronous: Store.Synchronous, erasure: Int64
    ) throws(StoreError) -> WriteResult {
        while true {
            let result = try store.withStore { (store) throws(StoreError) -> WriteResult in
                try store.transaction(synchronous) {
                    (transaction: inout Store.Transaction) throws(StoreError) -> WriteResult in
                    let found = try Erasure.state(store)
                    var result = WriteResult.ofAnotherErasure(found)
                    if gate.isShut {
                        // Another process had the store while the client was being closed.
                        result = .givenUp
                    } else if found.number == erasure {
                        result = try self.write(&batch, store, plugin, synchronous)
                    }
                    if case .written(var outcome) = result {
                        // Asked last: from here on the caller waits for the commit.
                        if batch.isStillWanted() {
                            outcome.erasure = found
                            return .written(outcome)
                        }
                        result = .givenUp
                    }
                    transaction.rollBack()
                    return result
                }
            }
            switch result {
            case .unforeseen(let index, let events):
                batch.items[index].planned = events
                batch.items[index].insertions = events.compactMap(prepareInsertion)
            case .written(let outcome):
                lastSeenIdentity = outcome.identityText
                storages?.written()
                if !gate.isShut { plugin?.committed() }
                return result
            case .full, .ofAnotherErasure, .stale, .givenUp: return result
            }
        }
    }

    private func write(
        _ batch: inout Batch, _ store: Store, _ plugin: (any TransactionPlugin)?, _ synchronous: Store.Synchronous
    ) throws(StoreError) -> WriteResult {
        var outcome = CommitOutcome()
        outcome.drops = batch.drops
        outcome.rejected = batch.rejected
        // What is stamped is for this attempt only: a store that refuses a batch for
        // hours must not make it longer each time.
        let mark = bodies.count
        defer { bodies.truncate(to: mark) }
        let destinations = try store.destinations.all()
        guard batch.rows.agree(with: destinations) else { return .stale }
        try mergeIdentity(batch.identity, store, &outcome)
        let now = try retention.now(store, clock)
        let room = try retention.makeRoom(
            for: batch.items.count, bytes: bodies.count, mayEvict: batch.mayEvict, store)
        if room.expired > 0 { outcome.drops[.expired, default: 0] += room.expired }
        if room.evicted > 0 { outcome.drops[.evicted, default: 0] += room.evicted }
        guard !room.isFull else { return .full }
        outcome.removed = room.removed

        try clocks.refresh(store)
        let state = TransactionState(store, clock: clocks.machine)
        try StoreError.rethrowing { try plugin?.begin(state) }
        var rows = RowWriter(store, now: now, nextID: max(try store.counters.value(CounterTable.nextEvent), 1))
        for index in batch.items.indices {
            let unforeseen = try write(index, of: &batch, plugin, state, destinations, &rows, &outcome)
            if let unforeseen { return .unforeseen(index: index, events: unforeseen) }
        }
        try StoreError.rethrowing { try plugin?.end(state) }
        if state.removesTraces {
            try Erasure.mark(store, .emptying)
            outcome.removesTraces = true
        }
        for (key, value) in batch.values { try store.keyValue.set(key, value) }
        try batch.pluginNumbers?.write(store, source: source, at: clock.wall())
        try storages?.write(store)
        outcome.rows = rows.count
        try rows.finish(drops: outcome.drops, spoolMarks: batch.spoolMarks)
        // A transaction that writes nothing syncs nothing of what came before it.
        if synchronous == .full, rows.count == 0 { try store.counters.add(1, to: CounterTable.syncs) }
        outcome.queued = try rows.queued()
        outcome.waiting = try store.waitingEvents()
        return .written(outcome)
    }

    /// Decides one item and writes its rows.
    ///
    /// - Returns: the events that belong before it, if the plugin did not foresee them.
    private func write(
        _ index: Int, of batch: inout Batch, _ plugin: (any TransactionPlugin)?, _ state: TransactionState,
        _ destinations: [DestinationRow], _ rows: inout RowWriter, _ outcome: inout CommitOutcome
    ) throws(StoreError) -> [Event]? {
        var insertsPlanned = false
        batch.items[index].stamped = nil
        if let plugin {
            // The session that an event opens is recorded with the event's clock.
            _ = try clocks.id(of: batch.items[index].stamp, rows.store)
            state.advance(to: rows.nextID, clock: clocks.machine)
            if let occurrence = batch.items[index].occurrence {
                let planned = batch.items[index].planned
                switch try StoreError.rethrowing({ try plugin.settle(occurrence, planned: planned, state) }) {
                case .keep(let withPlanned): insertsPlanned = withPlanned
                case .stamp(let withPlanned):
                    insertsPlanned = withPlanned
                    stamp(&batch.items[index], plugin)
                case .plan(let events): return events
                }
            }
        }
        if insertsPlanned {
            for (place, insertion) in batch.items[index].insertions.enumerated() {
                try write(insertion, at: place, plugin, destinations, &rows, &outcome)
            }
        }
        guard batch.items[index].body != nil else {
            outcome.observe(batch.items[index])
            return nil
        }
        if let reason = try write(batch.items[index], destinations, &rows, &outcome) {
            if reason == .unrouted, batch.items[index].isForHooks {
                outcome.observe(batch.items[index])
            } else if let place = batch.items[index].batchIndex {
                outcome.rejected.append((place, reason))
            }
        } else {
            outcome.events += 1
            outcome.lastEvent = rows.nextID - 1
            outcome.observe(batch.items[index])
        }
        return nil
    }

    /// Writes an event that a plugin planned before another. It is encoded for this attempt only.
    private func write(
        _ planned: PreparedEvent, at place: Int, _ plugin: (any TransactionPlugin)?,
        _ destinations: [DestinationRow], _ rows: inout RowWriter, _ outcome: inout CommitOutcome
    ) throws(StoreError) {
        var planned = planned
        plugin?.stampPlanned(&planned.event, at: place)
        for variant in planned.variants.indices { plugin?.stampPlanned(&planned.variants[variant].event, at: place) }
        let mark = bodies.count
        let observed = observedBytes
        defer {
            bodies.truncate(to: mark)
            observedBytes = observed
        }
        let item = item(planned, hasPlugin: false)
        let reason = planned.hasRow ? try write(item, destinations, &rows, &outcome) : nil
        if reason == nil || reason == .unrouted && item.isForHooks { outcome.observe(item) }
    }

    /// Writes one row.
    ///
    /// - Returns: why there is none; `nil` when it is written.
    private func write(
        _ item: PreparedItem, _ destinations: [DestinationRow], _ rows: inout RowWriter,
        _ outcome: inout CommitOutcome
    ) throws(StoreError) -> DropReason? {
        guard let body = item.stamped?.body ?? item.body, !EventSize.isTooLarge(bytes: body.count) else {
            outcome.drop(item.messageId, .tooLarge)
            if item.batchIndex == nil, outcome.tooLarge == nil, let body = item.stamped?.body ?? item.body {
                outcome.tooLarge = bodies.withBytes { EventSize.name(in: UnsafeBufferPointer(rebasing: $0[body])) }
            }
            return .tooLarge
        }
        guard let routes = routes(of: item, destinations) else {
            // A destination that delivers by itself may take it: then it is not dropped.
            if !item.isForHooks { outcome.drop(item.messageId, .unrouted) }
            return .unrouted
        }
        let mark = bodies.count
        defer { bodies.truncate(to: mark) }
        let clock = try clocks.id(of: item.stamp, rows.store)
        // Variants are encoded first: the buffer must not move under the insertion.
        let variants = (item.stamped?.variants ?? item.variants).map { ($0.destination, encode($0.event)) }
        try bodies.withBytes { (bytes) throws(StoreError) in
            let whole = UnsafeBufferPointer(rebasing: bytes[body])
            try rows.add(
                body: whole, routes: routes, priority: Int64(item.priority.rawValue), clock: clock,
                variants: variants.compactMap { destination, range in
                    let variant = UnsafeBufferPointer(rebasing: bytes[range])
                    return variant.elementsEqual(whole) ? nil : (destination, variant)
                })
        }
        outcome.stored(item.messageId, rows.nextID - 1, routes, destinations)
        return nil
    }

    /// The routes of an item; `nil` when no destination takes it. Events of a process that
    /// has no destinations go to those of the store.
    private func routes(of item: PreparedItem, _ destinations: [DestinationRow]) -> Routes? {
        var routes = item.routes
        if !item.waitsFor.isEmpty {
            for row in destinations where item.waitsFor.contains(UTF8Key(row.name)) { routes.insert(row.id) }
        }
        guard routes.isEmpty, !destinations.isEmpty, let integrations = item.unrouted else { return routes }
        routes = .routes(for: integrations, among: destinations)
        return routes.isEmpty ? nil : routes
    }

    /// Puts the plugin's decision on copies: if the transaction is undone, another attempt
    /// decides by the event as it was.
    private func stamp(_ item: inout PreparedItem, _ plugin: any TransactionPlugin) {
        guard case .event(var event)? = item.occurrence else { return }
        plugin.stamp(&event)
        let variants = item.variants.map { variant in
            var copy = variant
            plugin.stamp(&copy.event)
            return copy
        }
        item.stamped = (item.body == nil ? nil : encode(event), variants, event)
    }

    private func mergeIdentity(
        _ own: Identity?, _ store: Store, _ outcome: inout CommitOutcome
    ) throws(StoreError) {
        let text = try store.keyValue.text(Identity.key)
        let isNews = text != lastSeenIdentity
        let stored = isNews || own != nil ? text.flatMap(Identity.init) : nil
        switch IdentityLedger.merge(own, into: stored) {
        case .write(let own):
            let written = own.json.text
            try store.keyValue.set(Identity.key, written)
            outcome.identityText = written
            outcome.ownIdentity = own
        case .keep:
            outcome.identityText = text
            if isNews { outcome.foreignIdentity = stored }
        }
    }

    // MARK: - Corrections and rehearsals

    /// Corrects the stored events whose clock was wrong; see ``KnownClocks/correct(to:_:_:)``.
    func correct(
        to truth: Int64?, store: SerializedStore, plugin: (any TransactionPlugin)?
    ) throws(StoreError) -> Int {
        let changed = try store.withStore { (store) throws(StoreError) in
            try store.transaction(.full) { (_) throws(StoreError) in try clocks.correct(to: truth, store, plugin) }
        }
        plugin?.committed()
        return changed
    }

    /// The events that an item would become by the state in the store. Nothing is written.
    func rehearse(
        _ item: PreparedItem, store: SerializedStore, plugin: (any TransactionPlugin)?, hasStore: Bool
    ) -> [Event] {
        guard let occurrence = item.occurrence, case .event(var event) = occurrence else { return [] }
        var insertions = item.insertions.map(\.event)
        guard hasStore, let plugin else { return insertions + [event] }
        // If the store cannot be read now, the plugin decides by what this process knows.
        try? store.withStore { (store) throws(StoreError) in
            try store.transaction { (transaction: inout Store.Transaction) throws(StoreError) in
                transaction.rollBack()
                try clocks.refresh(store)
                let state = TransactionState(store, clock: clocks.machine)
                try StoreError.rethrowing { try plugin.begin(state) }
                var settlement = try StoreError.rethrowing {
                    try plugin.settle(occurrence, planned: item.planned, state)
                }
                if case .plan(let wanted) = settlement {
                    insertions = wanted.compactMap { prepareInsertion($0)?.event }
                    try StoreError.rethrowing { try plugin.begin(state) }
                    settlement = try StoreError.rethrowing { try plugin.settle(occurrence, planned: wanted, state) }
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
}

extension StoreError {
    /// Runs a plugin's code. Plugins throw what the store threw; any other error is theirs.
    static func rethrowing<R>(_ body: () throws -> R) throws(StoreError) -> R {
        do {
            return try body()
        } catch {
            throw (error as? StoreError) ?? StoreError(.system(0), "a transaction plugin", "\(error)")
        }
    }
}
