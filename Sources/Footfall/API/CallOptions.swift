// SPDX-License-Identifier: MIT

/// Options of a single call.
///
/// ```swift
/// analytics.track(name: "Order Refunded", options: CallOptions(timestamp: refundTime))
/// ```
public struct CallOptions: Sendable {
    /// The time of an event that happened earlier; `nil` for now.
    ///
    /// Such an event gets the session that covers its time, and never opens, prolongs or
    /// ends the current session.
    public var timestamp: Timestamp?
    /// An id of your own, by which servers recognise an event that arrives twice. The
    /// default is a random UUID. A blank id counts as not given.
    public var messageId: String?
    /// The event's anonymousId, instead of the client's. A blank id counts as not given.
    public var anonymousId: String?
    /// The event's userId, instead of the client's. Identify and alias calls ignore it. A
    /// blank id counts as not given.
    public var userId: String?
    /// Whether the event is of another user than this client's, as on a server that records for
    /// many users. The default is false.
    ///
    /// ```swift
    /// analytics.track(
    ///     name: "Invoice Paid", options: CallOptions(userId: invoice.customer, isForeign: true))
    /// ```
    ///
    /// Such an event has the ids that the call gives, and nothing of this client: not its anonymousId,
    /// userId or visit. It changes no identity, also as identify or alias, and is in no session
    /// (session id −1), which it neither opens nor prolongs. A call without ``userId`` and
    /// ``anonymousId`` is dropped and reported as ``FootfallError/Code/invalidEvent``; for alias, one
    /// without a previous id and ``anonymousId``.
    public var isForeign: Bool
    /// Context of the event; it replaces automatic context of the same key.
    public var context: JSONObject
    /// Which destinations take the event, as `["All": false, "Segment.io": true]`.
    public var integrations: JSONObject
    /// What goes first when the store is full. The default is ``Priority/normal``, and
    /// ``Priority/critical`` for identify, group and alias.
    public var priority: Priority?
    /// What the event survives once the call has returned. The default is the
    /// configuration's.
    public var durability: Durability?

    /// Options; what is not given has its default.
    public init(
        timestamp: Timestamp? = nil, messageId: String? = nil, anonymousId: String? = nil, userId: String? = nil,
        context: JSONObject = [:], integrations: JSONObject = [:], priority: Priority? = nil,
        durability: Durability? = nil, isForeign: Bool = false
    ) {
        self.timestamp = timestamp
        self.messageId = messageId
        self.anonymousId = anonymousId
        self.userId = userId
        self.context = context
        self.integrations = integrations
        self.priority = priority
        self.durability = durability
        self.isForeign = isForeign
    }
}

extension CallOptions {
    func apply(to event: inout Event, _ call: inout PostOptions) {
        if let timestamp {
            event.timestamp = timestamp
            event.hasGivenTimestamp = true
            call.change = .none
        }
        if isForeign {
            event.isForeign = true
            call.change = .none
        }
        if let messageId { event.messageId = messageId }
        if let anonymousId { event.anonymousId = anonymousId }
        if let userId, event.type != .identify, event.type != .alias { event.userId = userId }
        if !context.isEmpty { event.context = context }
        if !integrations.isEmpty { event.integrations = integrations }
        if let priority { event.priority = priority }
        if let durability { call.durability = durability }
    }
}
