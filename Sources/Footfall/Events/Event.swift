// SPDX-License-Identifier: MIT

/// One event on its way through the chain: a flat value that plugins change in
/// place.
///
/// ```swift
/// func track(_ event: inout Event) -> Verdict {
///     event.properties["store"] = "Brixton"
///     return .keep
/// }
/// ```
public struct Event: Sendable {
    public var type: EventType
    /// The moment of the event. Setting it replaces the text it came with.
    public var timestamp: Timestamp {
        didSet { timestampText = nil }
    }
    public var anonymousId: String
    public var userId: String?
    /// The name, of a track event.
    public var event: String?
    /// The name of a screen or page.
    public var name: String?
    /// The category of a screen or page.
    public var category: String?
    public var groupId: String?
    /// The earlier id, of an alias event.
    public var previousId: String?
    public var properties: JSONObject
    public var traits: JSONObject
    public var context: JSONObject
    public var integrations: JSONObject
    /// Fields of the input that the specification does not name; sent as they are.
    public var extra: JSONObject
    public var priority: Priority

    /// Whether the caller gave the timestamp. Such an event never opens, moves
    /// or ends the live session.
    public internal(set) var hasGivenTimestamp: Bool
    /// Set by a ``TransactionPlugin`` that put something on the event which the
    /// transaction may correct; so it can tell that from what the caller put there.
    @_spi(Sessions) public var isStampedProvisionally = false
    /// CLOCK_BOOTTIME when the call was made, in nanoseconds.
    package var bootNanoseconds: Int64
    /// The boot of `bootNanoseconds`; `nil` for this one.
    package var bootID: String?

    /// Of an event that changes the identity: when that counts as made.
    var identityChanged: Timestamp?
    /// Whether the caller gave the anonymousId, or said whose the event is.
    @_spi(Sessions) public internal(set) var hasOwnAnonymousId = false
    /// The same of the userId.
    @_spi(Sessions) public internal(set) var hasOwnUserId = false
    /// The visit that it was stamped in: that one's anonymousId.
    @_spi(Sessions) public internal(set) var visitId: String?
    /// Whether a plugin made it by itself, as at suspend: no visitor did anything.
    @_spi(Sessions) public internal(set) var isAutomatic = false
    var identifier: Identifier
    /// The timestamp as it was given, when that is not how it would be written.
    var timestampText: String?

    /// A messageId: mostly a random UUID, kept as its bytes.
    enum Identifier: Sendable {
        case uuid(UUIDv4)
        case text(String)
        /// The event has none yet: it gets one when it is tracked.
        case unassigned
    }

    /// The id by which servers recognise an event that comes twice.
    public var messageId: String {
        get {
            switch identifier {
            case .uuid(let uuid): uuid.description
            case .text(let text): text
            case .unassigned: ""
            }
        }
        set { identifier = newValue.isEmpty ? .unassigned : .text(newValue) }
    }

    /// An event for a plugin to track or to put before another.
    ///
    /// It has a random `messageId`; identity and stamps are empty until it is tracked.
    public init(type: EventType, timestamp: Timestamp, anonymousId: String = "") {
        self.init(type: type, identifier: .uuid(.random()))
        self.timestamp = timestamp
        self.anonymousId = anonymousId
    }

    init(type: EventType, identifier: Identifier) {
        self.type = type
        self.identifier = identifier
        timestamp = Timestamp(milliseconds: 0)
        anonymousId = ""
        properties = JSONObject()
        traits = JSONObject()
        context = JSONObject()
        integrations = JSONObject()
        extra = JSONObject()
        priority = type == .identify || type == .group || type == .alias ? .critical : .normal
        hasGivenTimestamp = false
        bootNanoseconds = 0
    }
}

extension Event {
    /// Makes the event one of the past, whose timestamp was given: it leaves the
    /// live session alone.
    public mutating func markAsPast() { hasGivenTimestamp = true }

    /// For a plugin that makes an event of an earlier moment: when that was since
    /// which boot.
    @_spi(Sessions)
    public mutating func stamp(bootNanoseconds: Int64, bootID: String) {
        self.bootNanoseconds = bootNanoseconds
        self.bootID = bootID
    }

    /// Whether somebody did something: not when its `properties` say
    /// `"nonInteraction": true`.
    public var isInteraction: Bool { properties["nonInteraction"]?.boolValue != true }

    /// Whether a destination takes this event, by its `integrations`:
    /// `integrations[key]`, else true for `Segment.io`, else
    /// `integrations["All"]`, else true. An object counts as true.
    public func isRouted(to key: String) -> Bool { Self.isRouted(integrations, to: key) }

    /// The same rule for `integrations` that stand without their event.
    package static func isRouted(_ integrations: JSONObject, to key: String) -> Bool {
        if let choice = integrations[key] { return choice.boolValue ?? true }
        if key == "Segment.io" { return true }
        return integrations["All"]?.boolValue ?? true
    }
}
