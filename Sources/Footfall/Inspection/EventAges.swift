// SPDX-License-Identifier: MIT
import FootfallStore

/// How long stored events have waited, at one moment.
struct EventAges {
    private let clocks: ClockStateMachine
    /// As the clock shows it.
    private let now: Moment
    /// Put right where that is known.
    private let wall: Timestamp
    /// Milliseconds that the machine was up since the store was made.
    private let lived: Int64

    init(_ store: Store, _ clocks: ClockStateMachine, now: Moment) throws(StoreError) {
        self.clocks = clocks
        self.now = now
        wall = clocks.corrected(now) ?? now.wall
        lived = try LivedTime.now(store, bootID: now.bootID, bootNanoseconds: now.bootNanoseconds)
    }

    /// The age in milliseconds.
    ///
    /// An event that this boot stamped is as old as the time since boot says, whatever the clock showed. One of
    /// an earlier boot has the time of that boot's clock. For an event whose time the caller gave, and where no
    /// clock is believed, it is the time that the machine was up since the event was stored; that is known to
    /// the minute.
    func age(of row: EventListing.Row, timestamp: Timestamp?) -> Int64 {
        let waited = max(lived - row.stored, 0)
        guard let timestamp, Timestamp.allowed.contains(timestamp.milliseconds) else { return waited }
        let sinceThen = wall.milliseconds &- timestamp.milliseconds
        guard let clock = clocks.rows.first(where: { $0.id == row.clock }) else {
            // The time may be the caller's, of long ago, or that of a clock that was put right.
            return sinceThen >= 0 ? min(sinceThen, waited) : waited
        }
        if clock.bootID == now.bootID {
            return max(now.bootNanoseconds / 1_000_000 &- (timestamp.milliseconds &- clock.offset), 0)
        }
        if let truth = clock.truth { return max(sinceThen &- (truth &- clock.offset), 0) }
        return clocks.isTrusted(clock) ? max(sinceThen, 0) : waited
    }

    /// The age in milliseconds of an event, by its body.
    func age(of row: EventListing.Row) -> Int64 {
        // A body that cannot be read has no time.
        let object = row.body.withUnsafeBufferPointer { (try? JSONParser.parse($0))?.objectValue }
        return age(of: row, timestamp: object?["timestamp"]?.stringValue.flatMap { Timestamp($0) })
    }
}
