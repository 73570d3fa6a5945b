// SPDX-License-Identifier: MIT
import FootfallJSON

/// An event that went through the plugins and waits for its transaction.
struct PreparedEvent {
    var event: Event
    /// The destinations that take the event and have a row.
    var routes = Routes()
    /// Destinations that take the event and have no row yet. The event is stored for them.
    var waitsFor: Set<UTF8Key> = []
    /// The event as the plugins of single destinations changed it.
    var variants: [(destination: Int64, event: Event)] = []
    /// The destinations that take the event and deliver by themselves, once it is stored.
    var hooks: [any DestinationPlugin] = []
    /// Whether a destination that delivers from the store takes the event.
    var hasRow = true
    /// Whether plugins see the event once it is stored.
    var isObserved = false
    /// Set where a plugin wants to know what becomes of the event.
    var messageId: String?

    /// For the plugins that see the event once it is stored; `nil` without any.
    var observed: StoredEvent? {
        isObserved ? StoredEvent(event: event, hooks: hooks, routes: routes, variants: variants) : nil
    }
}

/// One occurrence on its way into a transaction.
struct PreparedItem {
    /// What the session plugin decides about; `nil` without such a plugin, since copying and
    /// keeping events is expensive.
    var occurrence: Occurrence?
    /// The `integrations` of an event that no destination of this process takes. They say
    /// which destinations of the store take it.
    var unrouted: JSONObject?
    /// Destinations that had no row when the event went through the plugins. Their bits are
    /// added if they have a row when the event is written.
    var waitsFor: Set<UTF8Key> = []
    /// For the plugins that see the event once it is stored; `nil` without any, since keeping
    /// events is expensive.
    var observed: StoredEvent?
    /// Its body in the writer's buffer; `nil` for what gets no row.
    var body: Range<Int>?
    /// The body and the variants with the session plugin's stamp, for the current attempt.
    /// Another attempt begins from `body`.
    var stamped: (body: Range<Int>?, variants: [(destination: Int64, event: Event)], event: Event)?
    /// The destinations that take the event and have a row.
    var routes = Routes()
    var priority = Priority.normal
    /// When the clock stamped it; `nil` when the caller gave the time.
    var stamp: Moment?
    /// The event as the plugins of single destinations changed it.
    var variants: [(destination: Int64, event: Event)] = []
    /// The events that the session plugin planned before this one.
    var planned: [Event] = []
    /// The events of `planned` that the plugins kept.
    var insertions: [PreparedEvent] = []
    /// Its place among the events that a caller waits for.
    var batchIndex: Int?
    /// Set where a plugin wants to know what becomes of the event.
    var messageId: String?

    /// Whether a destination that delivers by itself takes it.
    var isForHooks: Bool { observed?.hooks.isEmpty == false }
}
