// SPDX-License-Identifier: MIT
import FootfallStore

/// Says of events that go out with a time nobody could confirm that it is one:
/// `context.clock` is `estimated`.
enum DoubtfulTime {
    /// What must happen before a batch is tried for the first time.
    enum Need: Sendable, Equatable {
        /// Nothing: its times are believed, or it was tried before.
        case nothing
        /// It was read before its times were moved: it is to be read again.
        case reading
        /// Its times are wrong and it is known how: they are to be moved first.
        case correction
        /// Nobody knows: a server is to be asked, or the events are to be marked.
        case asking
    }

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
        // What can be put right is, before anything of the batch is marked.
        if clock.rows.contains(where: { wrong.contains($0.id) && $0.truth != nil }) { return .correction }
        return used.contains { isDoubtful($0, clock, contested) } ? .asking : .nothing
    }

    private static func isDoubtful(_ id: Int64, _ clock: ClockStateMachine, _ contested: String?) -> Bool {
        guard clock.isTrusted(id) else { return true }
        return contested != nil && clock.rows.contains { $0.id == id && $0.bootID == contested }
    }

    /// Marks what is doubtful in a batch.
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
