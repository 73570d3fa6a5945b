// SPDX-License-Identifier: MIT
import FootfallStore

/// Finds events whose time was not confirmed, and marks them before they are sent:
/// `context.clock` is `estimated`.
enum DoubtfulTime {
    /// What must happen before a batch is tried for the first time.
    enum Need: Sendable, Equatable {
        /// Nothing: the times of the batch are believed, or it was tried before.
        case nothing
        /// Its times were moved since it was read: it is to be read again.
        case reading
        /// Its times are wrong by a known amount: they are to be moved first.
        case correction
        /// Its times may be wrong: a server is to be asked, or the events are to be marked.
        case asking
    }

    /// Says what must happen before a batch is tried for the first time.
    ///
    /// - Parameter contested: A boot whose time each server calls wrong, while the
    ///   servers contradict each other.
    static func need(
        of batch: DeliveryBatch, for row: DestinationRow, _ clock: ClockStateMachine, contested: String?,
        _ store: Store
    ) throws(StoreError) -> Need {
        guard let first = batch.ids.first, let last = batch.ids.last, last > row.attempted else { return .nothing }
        guard !clock.trustsAll || contested != nil else { return .nothing }
        let used = try store.bodies.clocks(for: row.id, after: first - 1, upTo: last)
        let wrong = used.filter { !clock.isTrusted($0) }
        // Times that can be moved are moved before events of the batch are marked.
        if clock.rows.contains(where: { wrong.contains($0.id) && $0.truth != nil }) { return .correction }
        return used.contains { isDoubtful($0, clock, contested) } ? .asking : .nothing
    }

    private static func isDoubtful(_ id: Int64, _ clock: ClockStateMachine, _ contested: String?) -> Bool {
        guard clock.isTrusted(id) else { return true }
        return contested != nil && clock.rows.contains { $0.id == id && $0.bootID == contested }
    }

    /// Marks the events of a batch that have a doubtful time.
    static func mark(
        _ batch: DeliveryBatch, for row: DestinationRow, _ clock: ClockStateMachine, contested: String?,
        _ store: Store
    ) throws(StoreError) {
        guard let first = batch.ids.first, let last = batch.ids.last else { return }
        for event in try store.bodies.stamped(for: row.id, after: first - 1, upTo: last)
        where isDoubtful(event.clock, clock, contested) {
            try store.bodies.replace(event, clock: event.clock, marked)
        }
    }

    private static func marked(_ body: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        guard var event = (try? JSONParser.parse(body))?.objectValue else { return nil }
        event.update("context") { $0["clock"] = "estimated" }
        var buffer = ByteBuffer(capacity: body.count + 32)
        buffer.append(json: event)
        return buffer.array()
    }
}
