// SPDX-License-Identifier: MIT
import FootfallStore
import Synchronization

/// Tells ``OutcomePlugin``s what becomes of events.
///
/// It belongs to the pipeline's thread; ``isOn`` may be asked from any.
final class EventOutcomes {
    private unowned let runtime: Runtime
    private let flag = Atomic(false)
    private var plugins: [(id: UInt64, plugin: any OutcomePlugin)] = []
    /// Outcomes of events that went through the plugins, until their transaction is stored.
    private var unstored: [(messageId: String, outcome: EventOutcome)] = []
    private var followed = FollowedEvents()
    /// The names of the destinations that are waited for, by their rows.
    private var names: [Int64: String] = [:]

    init(_ runtime: Runtime) { self.runtime = runtime }

    /// Whether a plugin wants to know. From any thread.
    @inline(__always)
    var isOn: Bool { flag.load(ordering: .relaxed) }

    func add(_ plugin: any OutcomePlugin, id: UInt64) {
        plugins.append((id, plugin))
        flag.store(true, ordering: .relaxed)
    }

    func remove(_ id: UInt64) {
        plugins.removeAll { $0.id == id }
        guard isOn, plugins.isEmpty else { return }
        flag.store(false, ordering: .relaxed)
        forget()
    }

    /// In a forked child: the events are the parent's.
    func startAfreshInChild() { forget() }

    /// Whether no event is followed.
    var isEmpty: Bool { followed.isEmpty && unstored.isEmpty }

    private func forget() {
        unstored = []
        followed = FollowedEvents()
        names = [:]
    }

    private func tell(_ outcome: EventOutcome, of messageId: String) {
        for (id, plugin) in plugins { runtime.tell(plugin, id: id) { plugin.outcome(outcome, of: messageId) } }
    }

    // MARK: - In the chain

    /// An event is dropped; it is told when that is stored.
    func note(_ reason: DropReason, destination: String? = nil, of event: borrowing Event) {
        guard isOn else { return }
        unstored.append((event.messageId, .dropped(reason, destination: destination)))
    }

    /// The transaction is given up.
    func undo() { unstored = [] }

    /// A hook took a stored event, or dropped it.
    func hooked(_ verdict: Verdict, _ destination: String, _ event: borrowing Event) {
        guard isOn else { return }
        let outcome =
            verdict == .keep
            ? EventOutcome.delivered(destination: destination) : .dropped(.plugin, destination: destination)
        tell(outcome, of: event.messageId)
    }

    // MARK: - In the store

    /// A transaction is stored.
    ///
    /// - Parameter isOwn: Whether this client delivers to a destination.
    func committed(_ outcome: CommitOutcome, isOwn: (_ id: Int64, _ name: String) -> Bool) {
        guard isOn else { return }
        let noted = unstored
        unstored = []
        for (messageId, outcome) in noted { tell(outcome, of: messageId) }
        for (rows, reason) in outcome.removed { for row in rows { end(row, as: reason) } }
        for (messageId, reason) in outcome.refused { tell(.dropped(reason, destination: nil), of: messageId) }
        var own: Set<Int64> = []
        if !outcome.followed.isEmpty {
            names = outcome.destinationNames
            for (id, name) in names where isOwn(id, name) { own.insert(id) }
        }
        for event in outcome.followed { follow(event, own) }
    }

    private func follow(_ event: CommitOutcome.FollowedEvent, _ own: Set<Int64>) {
        tell(.stored, of: event.messageId)
        var mine = Routes()
        event.routes.forEach { id in
            if own.contains(id) { mine.insert(id) } else { left(event.messageId, id) }
        }
        if !followed.follow(event.row, event.messageId, mine) { mine.forEach { left(event.messageId, $0) } }
    }

    private func left(_ messageId: String, _ destination: Int64) {
        tell(.leftToAnother(destination: names[destination] ?? ""), of: messageId)
    }

    private func end(_ row: Int64, as reason: DropReason) {
        for end in followed.end(row) {
            tell(.dropped(reason, destination: names[end.destination] ?? ""), of: end.messageId)
        }
    }

    /// An erasure removes what was processed and what is stored.
    ///
    /// - Parameter ids: The events that wait for their transaction.
    func erased(_ ids: [String], _ reason: DropReason) {
        guard isOn else { return }
        let noted = unstored
        unstored = []
        for (messageId, outcome) in noted { tell(outcome, of: messageId) }
        for messageId in ids { tell(.dropped(reason, destination: nil), of: messageId) }
        for row in followed.rows { end(row, as: reason) }
    }

    // MARK: - Deliveries

    /// What the uploader stored as the result of a batch. From the uploader's thread.
    func recorded(_ result: RetryStateMachine.BatchResult, of ids: [Int64], error: String?, at destination: Int64) {
        guard isOn, result != .keep else { return }
        runtime.post(
            .inspect { [unowned runtime] _ in
                let outcomes = runtime.pipeline.runner.outcomes
                for (row, end) in result.ends(ids, error: error) { outcomes.end(row, at: destination, as: end) }
            })
    }

    private func end(_ row: Int64, at destination: Int64, as end: DeliveryEnd) {
        guard let messageId = followed.end(row, at: destination) else { return }
        tell(end.outcome(names[destination] ?? ""), of: messageId)
    }

    /// Another process delivers to a destination. From the uploader's thread.
    func isDeliveredElsewhere(_ destination: Int64) {
        guard isOn else { return }
        runtime.post(.inspect { [unowned runtime] _ in runtime.pipeline.runner.outcomes.left(destination) })
    }

    /// This process does not deliver to a destination any more.
    func left(_ destination: Int64) {
        for row in followed.rows(waitingFor: destination) {
            if let messageId = followed.end(row, at: destination) { left(messageId, destination) }
        }
    }

    /// The client ends: the rest is left to other processes. What the uploader stored just before
    /// is looked up.
    func ended() {
        guard !followed.isEmpty else { return }
        // A store that cannot be read leaves everything.
        let found = try? runtime.store.withStore { (store) throws(StoreError) in try self.ends(in: store) }
        for (row, destination, end) in found ?? [] {
            self.end(row, at: destination, as: end)
        }
        for id in names.keys.sorted() { left(id) }
    }

    private func ends(in store: Store) throws(StoreError) -> [(row: Int64, destination: Int64, end: DeliveryEnd)] {
        var ends: [(row: Int64, destination: Int64, end: DeliveryEnd)] = []
        for row in try store.destinations.all() where names[row.id]?.isIdentical(to: row.name) == true {
            for event in followed.rows(waitingFor: row.id) {
                if try store.events.isWaiting(event, for: row.id, after: row.position) { continue }
                let reason = try store.destinations.reason(of: event, at: row.id)
                ends.append((event, row.id, reason.map { .deadLettered($0) } ?? .delivered))
            }
        }
        return ends
    }
}

/// The end of an event at one destination.
enum DeliveryEnd: Equatable {
    case delivered
    case deadLettered(String)
    case dropped(DropReason)

    func outcome(_ destination: String) -> EventOutcome {
        switch self {
        case .delivered: .delivered(destination: destination)
        case .deadLettered(let reason): .deadLettered(reason, destination: destination)
        case .dropped(let reason): .dropped(reason, destination: destination)
        }
    }
}

extension RetryStateMachine.BatchResult {
    /// The events that are finished, by their rows, in the order of the batch.
    ///
    /// - Parameters:
    ///   - ids: The rows of the batch. Dead letters may be of an earlier one.
    ///   - error: Why events of the batch become dead letters.
    func ends(_ ids: [Int64], error: String?) -> [(row: Int64, end: DeliveryEnd)] {
        let refusal = DeliveryEnd.deadLettered(error ?? "refused")
        switch self {
        case .keep: return []
        case .delivered(let letters):
            let dead = Set(letters)
            return letters.map { ($0, refusal) } + ids.filter { !dead.contains($0) }.map { ($0, .delivered) }
        case .deadLetter(let letters): return letters.map { ($0, refusal) }
        case .eventByEvent(let results):
            return results.delivered.map { ($0, .delivered) } + results.dropped.map { ($0, .dropped(.unmapped)) }
                + results.deadLetters.sorted { $0.key < $1.key }.map { ($0.key, .deadLettered($0.value)) }
        }
    }
}
