// SPDX-License-Identifier: MIT

/// What one call may say besides its event.
///
/// ```swift
/// analytics.track(name: "Order Refunded", options: CallOptions(timestamp: refundTime))
/// ```
public struct CallOptions: Sendable {
    /// The time of an event that happened earlier. Such an event gets the
    /// session that covers its time, and never opens, moves or ends the live one.
    public var timestamp: Timestamp?
    /// An id of your own, by which servers recognise the event if it comes twice.
    public var messageId: String?
    /// Instead of the client's.
    public var anonymousId: String?
    /// Instead of the client's.
    public var userId: String?
    /// Put over the automatic context.
    public var context: JSONObject
    /// Which destinations take the event: `["All": false, "Segment.io": true]`.
    public var integrations: JSONObject
    /// The default is normal, and critical for identify, group and alias.
    public var priority: Priority?
    /// The default is the configuration's.
    public var durability: Durability?

    public init(
        timestamp: Timestamp? = nil, messageId: String? = nil, anonymousId: String? = nil, userId: String? = nil,
        context: JSONObject = [:], integrations: JSONObject = [:], priority: Priority? = nil,
        durability: Durability? = nil
    ) {
        self.timestamp = timestamp
        self.messageId = messageId
        self.anonymousId = anonymousId
        self.userId = userId
        self.context = context
        self.integrations = integrations
        self.priority = priority
        self.durability = durability
    }
}
