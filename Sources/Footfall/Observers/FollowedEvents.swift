// SPDX-License-Identifier: MIT

/// The stored events whose deliveries are awaited, by their rows. Pure.
struct FollowedEvents {
    private struct Event {
        let messageId: String
        /// The destinations that have no outcome yet.
        var destinations: Routes
    }

    /// An end of one event at one destination.
    struct End: Equatable {
        var messageId: String
        var destination: Int64
    }

    private var events: [Int64: Event] = [:]
    /// How many events are followed at most.
    private let most: Int

    init(most: Int = Limits.followedEvents) { self.most = most }

    /// Follows an event.
    ///
    /// - Returns: false when too many are followed already.
    mutating func follow(_ row: Int64, _ messageId: String, _ destinations: Routes) -> Bool {
        guard !destinations.isEmpty else { return true }
        guard events.count < most else { return false }
        events[row] = Event(messageId: messageId, destinations: destinations)
        return true
    }

    /// The event has its outcome at a destination.
    ///
    /// - Returns: its messageId; `nil` when it was told already, or is not followed.
    mutating func end(_ row: Int64, at destination: Int64) -> String? {
        guard var event = events[row], event.destinations.contains(destination) else { return nil }
        event.destinations.remove(destination)
        events[row] = event.destinations.isEmpty ? nil : event
        return event.messageId
    }

    /// The event has its outcome at all destinations that it waits for.
    mutating func end(_ row: Int64) -> [End] {
        guard let event = events.removeValue(forKey: row) else { return [] }
        var ends: [End] = []
        event.destinations.forEach { ends.append(End(messageId: event.messageId, destination: $0)) }
        return ends
    }

    /// The rows that wait for a destination, in their order.
    func rows(waitingFor destination: Int64) -> [Int64] {
        events.filter { $0.value.destinations.contains(destination) }.map(\.key).sorted()
    }

    /// All rows, in their order.
    var rows: [Int64] { events.keys.sorted() }

    var isEmpty: Bool { events.isEmpty }
}
