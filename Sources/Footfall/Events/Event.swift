// SPDX-License-Identifier: MIT

/// One event on its way through the chain. Plugins change it in place.
///
/// ```swift
/// func track(_ event: inout Event) -> Verdict {
///     event.properties["store"] = "Brixton"
///     return .keep
/// }
/// ```
public struct Event: Sendable {
    /// The call that made the event.
    public var type: EventType
    /// When the event happened.
    public var timestamp: Timestamp
    /// The id of the installation or of the visitor.
    public var anonymousId: String
    /// The id of the user; `nil` when it is not known.
    public var userId: String?
    /// The name of a track event.
    public var event: String?
    /// The name of a screen or page.
    public var name: String?
    /// The category of a screen or page.
    public var category: String?
    /// The id of a group event's group.
    public var groupId: String?
    /// The earlier id of an alias event.
    public var previousId: String?
    /// What the caller says about a track, screen or page event.
    public var properties: JSONObject
    /// What the caller says about the user or the group.
    public var traits: JSONObject
    /// The circumstances, as `app`, `device` or `locale`.
    public var context: JSONObject
    /// Which destinations take the event, and settings for each; see ``isRouted(to:)``.
    public var integrations: JSONObject
    /// Fields that Segment's specification does not name. They are sent as they are.
    public var extra: JSONObject
    /// What goes first when the store is full.
    public var priority: Priority

    /// Whether the caller gave the timestamp. Such an event never opens, prolongs or
    /// ends the current session.
    public internal(set) var hasGivenTimestamp: Bool
    /// Whether a ``TransactionPlugin`` put something on the event that its transaction may
    /// correct. What the caller put there must not be corrected.
    @_spi(Sessions) public var isStampedProvisionally = false
    /// When the call was made: nanoseconds since boot, counting suspend.
    package var bootNanoseconds: Int64
    /// The boot of ``bootNanoseconds``; `nil` for the current one.
    package var bootID: String?

    /// When the identity changed, for an event that changes it.
    var identityChanged: Timestamp?
    /// Whether the caller or a plugin gave the anonymousId.
    @_spi(Sessions) public internal(set) var hasOwnAnonymousId = false
    /// Whether the caller or a plugin gave the userId.
    @_spi(Sessions) public internal(set) var hasOwnUserId = false
    /// The anonymousId of the visit that was open when the event was called.
    @_spi(Sessions) public internal(set) var visitId: String?
    /// Whether a plugin made the event by itself, as at suspend, without a visitor's doing.
    @_spi(Sessions) public internal(set) var isAutomatic = false
    /// Whether the event is of another user than this client's: it has no session.
    @_spi(Sessions) public internal(set) var isForeign = false
    var identifier: Identifier

    /// A messageId: mostly a random UUID, kept as its bytes.
    enum Identifier: Sendable {
        case uuid(UUIDv4)
        case text(String)
        /// The event has none yet: it gets one when it is tracked.
        case unassigned
    }

    /// The id by which servers recognise an event that arrives twice.
    public var messageId: String {
        get {
            switch identifier {
            case .uuid(let uuid): uuid.description
            case .text(let text): text
            case .unassigned: ""
            }
        }
        set { identifier = newValue.isBlank ? .unassigned : .text(newValue) }
    }

    /// An event that a plugin makes.
    ///
    /// It has a random `messageId`. An empty identity is filled in when the event is recorded.
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
    /// Makes the event one of the past, as if the caller had given its timestamp: it
    /// leaves the current session alone.
    public mutating func markAsPast() { hasGivenTimestamp = true }

    /// Sets the moment of an event that a plugin makes for an earlier time.
    @_spi(Sessions)
    public mutating func stamp(bootNanoseconds: Int64, bootID: String) {
        self.bootNanoseconds = bootNanoseconds
        self.bootID = bootID
    }

    /// Whether the user did something: false if `properties` has `"nonInteraction": true`.
    public var isInteraction: Bool { properties["nonInteraction"]?.boolValue != true }
}
