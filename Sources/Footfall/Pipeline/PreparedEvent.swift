// SPDX-License-Identifier: MIT
import FootfallJSON

/// An event that went through the chain and waits for its transaction.
struct PreparedEvent {
    var event: Event
    /// The destinations that take the event and have a row.
    var routes = Routes()
    /// Destinations that take the event and have no row yet: if no other takes it, it is stored for them.
    var waitsFor: Set<UTF8Key> = []
    /// The event as a destination's own chain left it.
    var variants: [(destination: Int64, event: Event)] = []
}

/// One occurrence on its way into a transaction.
struct PreparedItem {
    /// What the transaction plugin decides about; `nil` when there is none:
    /// copying and keeping events is dear.
    var occurrence: Occurrence?
    /// What routes go by, of an event that no destination of this process takes.
    var unrouted: JSONObject?
    /// Destinations without a row when the event went through the chain; their bits are
    /// added if they have a row when it is written.
    var waitsFor: Set<UTF8Key> = []
    /// Its body in the batch's buffer; `nil` for what is not stored.
    var body: Range<Int>?
    /// What the transaction under way made of it; another attempt begins from `body`.
    var stamped: (body: Range<Int>, variants: [(destination: Int64, event: Event)])?
    /// The destinations that take the event and have a row.
    var routes = Routes()
    var priority = Priority.normal
    /// When a clock stamped it; `nil` when the caller gave the time.
    var stamp: Moment?
    /// The event as a destination's own chain left it.
    var variants: [(destination: Int64, event: Event)] = []
    /// What the transaction plugin planned before it, as it was made.
    var planned: [Event] = []
    /// Those of `planned` that the chain kept.
    var insertions: [PreparedEvent] = []
    /// Its place in a batch that somebody waits for.
    var batchIndex: Int?
}
