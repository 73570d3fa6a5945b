// SPDX-License-Identifier: MIT
import FootfallStore

/// What a commit came to.
enum CommitResult {
    /// The batch is in the store.
    case stored(CommitOutcome)
    /// The store has no room, and no event may be evicted: nothing was written.
    case full
    /// Another process kept the store for five seconds. The batch is kept.
    case busy
    /// The store cannot be written. The batch is kept.
    case failed(FootfallError)

    /// Whether nothing of the batch is left.
    var isStored: Bool {
        if case .stored = self { return true }
        return false
    }
}

/// What one transaction wrote.
struct CommitOutcome {
    /// Rows written, session markers among them.
    var rows = 0
    /// Events that are stored, without markers.
    var events = 0
    /// The row of the last event that is no marker.
    var lastEvent: Int64?
    /// Events that a caller waits for and that are not stored, by their place among those
    /// that the caller gave.
    var rejected: [(index: Int, reason: DropReason)] = []
    /// What plugins see now that it is stored.
    var observed: [StoredEvent] = []
    /// This process's identity, if it was written.
    var ownIdentity: Identity?
    /// Another process's identity, if it is new to this process.
    var foreignIdentity: Identity?
    /// The text of the identity as it is in the store now.
    var identityText: String?
    var drops: [DropReason: Int64] = [:]
    /// The name of the first event that was too large, unless a caller waits for it and is told.
    var tooLarge: String?
    /// What the store says of the last erasure.
    var erasure = Erasure.State(nil)
    /// Whether the rows that the batch removed must leave the -wal as well.
    var removesTraces = false
    /// Events that wait for at least one destination.
    var waiting = 0
    /// Events that wait for each destination.
    var queued: [Int64: Int64] = [:]
    /// The rows that expired or made room for others.
    var removed: [(rows: [Int64], reason: DropReason)] = []
    /// The events that were stored, where a plugin wants to know what becomes of them.
    private(set) var followed: [FollowedEvent] = []
    /// The events that were not, where a plugin wants to know.
    private(set) var refused: [(messageId: String, reason: DropReason)] = []
    /// The names of the store's destinations, if an event is followed.
    private(set) var destinationNames: [Int64: String] = [:]

    /// An event that was stored.
    struct FollowedEvent {
        var messageId: String
        var row: Int64
        var routes: Routes
    }

    /// An event has a row.
    mutating func stored(_ messageId: String?, _ row: Int64, _ routes: Routes, _ destinations: [DestinationRow]) {
        guard let messageId else { return }
        if followed.isEmpty { for row in destinations { destinationNames[row.id] = row.name } }
        followed.append(FollowedEvent(messageId: messageId, row: row, routes: routes))
    }

    /// An event gets no row.
    mutating func drop(_ messageId: String?, _ reason: DropReason) {
        drops[reason, default: 0] += 1
        if let messageId { refused.append((messageId, reason)) }
    }

    /// Notes an item that plugins see once it is stored, as it is stored.
    mutating func observe(_ item: PreparedItem) {
        guard var stored = item.observed else { return }
        if let stamped = item.stamped {
            stored.event = stamped.event
            stored.variants = stamped.variants
        }
        observed.append(stored)
    }
}
