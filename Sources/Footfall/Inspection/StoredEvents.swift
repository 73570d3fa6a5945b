// SPDX-License-Identifier: MIT
import FootfallStore

/// The events that a store has: what waits for which destination, and what was refused.
///
/// Each call opens the store for a moment, on the calling thread, reads one state of it and changes nothing.
/// Errors are ``FootfallError``. Without a store there are no events.
package struct StoredEvents: Sendable {
    /// What one destination has with an event.
    package enum Status: String, Sendable {
        /// It waits and was not tried yet.
        case queued
        /// It waits, and an attempt failed or is under way.
        case tried
        /// The destination refused it.
        case dead
        /// The destination is done with it.
        case done
    }

    /// One destination of an event.
    package struct Standing: Sendable {
        package var destination: String
        package var status: Status
        /// Why it was refused.
        package var reason: String?
        /// When it was refused.
        package var at: Timestamp?
    }

    /// One event, without its body.
    package struct Row: Sendable {
        /// Its number in the store.
        package var id: Int64
        package var type: String
        /// The name of a track, screen or page event.
        package var name: String?
        package var userId: String?
        package var anonymousId: String?
        package var messageId: String?
        package var timestamp: Timestamp?
        /// How long it has waited, in milliseconds.
        package var age: Int64
        /// Its destinations; none while no destination was configured.
        package var standings: [Standing]
    }

    /// Which events are listed.
    package struct Choice: Sendable {
        /// The name of a destination; `nil` for all of them.
        package var destination: String?
        /// Only events that wait, or that were refused; `nil` for both.
        package var status: Wanted?
        /// Only events that have waited no longer, in milliseconds.
        package var longestAge: Int64?
        /// Only events with a greater number.
        package var after: Int64 = 0
        /// At most so many.
        package var limit: Int
        /// Whether the newest are chosen. The order of a list is always that of the store.
        package var choosesNewest = false

        package init(limit: Int) { self.limit = limit }
    }

    /// What a destination has with the events that are listed.
    package enum Wanted: String, Sendable, CaseIterable {
        case queued, dead
    }

    /// The events of one look.
    package struct List: Sendable {
        package var rows: [Row] = []
        /// Whether there are more that were chosen than the limit.
        package var isCut = false
        /// The greatest number of an event in the store.
        package var last: Int64 = 0
        /// The names of the destinations in the store.
        package var destinations: [String] = []
    }

    /// One event with its bodies.
    package struct Detail: Sendable {
        package var row: Row
        /// The body of each destination: JSON text, by the destination's name.
        package var bodies: [(destination: String, body: String)]
        /// The event's own body.
        package var body: String
    }

    private let access: StoreAccess
    private let clock: SystemClock

    /// The events in the store of a configuration.
    package init(_ configuration: Configuration) {
        access = StoreAccess(configuration)
        clock = configuration.clock
    }

    /// Lists events.
    package func list(_ choice: Choice) throws(FootfallError) -> List {
        try access.read { (store) throws(StoreError) in
            try EventSelection(store, clock, choice).list()
        } ?? List()
    }

    /// One event; `nil` when the store has none with this number.
    ///
    /// - Parameter metadata: The names of destinations whose events get `_metadata` when they are delivered; see
    ///   ``Delivery/addsMetadata``.
    package func event(_ id: Int64, metadata: [String]) throws(FootfallError) -> Detail? {
        try access.read { (store) throws(StoreError) in
            try EventSelection(store, clock, Choice(limit: 1)).event(id, metadata: metadata)
        } ?? nil
    }
}
