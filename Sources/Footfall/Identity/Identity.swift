// SPDX-License-Identifier: MIT
import FootfallStore

/// The person or the installation that events come from.
struct Identity: Sendable, Equatable {
    var anonymousId: String
    var userId: String?
    var traits: JSONObject
    /// When `identify`, `alias` or `reset` changed it last.
    var changed: Timestamp

    /// The key of the identity in the key-value store.
    static let key = "analytics.identity"

    /// The time of an identity that was never changed: any stored one is later.
    static let never = Timestamp(milliseconds: -1)

    /// The identity of a new installation.
    static func fresh() -> Identity {
        Identity(anonymousId: UUIDv4.random().description, userId: nil, traits: [:], changed: never)
    }

    /// The identity as it is in the store and in its file.
    var json: JSONObject {
        [
            "anonymousId": .string(anonymousId), "userId": userId.map { .string($0) } ?? .null,
            "traits": .object(traits), "changed": .int(changed.milliseconds),
        ]
    }

    /// Reads the text of ``json``; `nil` for any other text.
    init?(_ text: String) {
        var text = text
        // A damaged text holds no identity.
        guard let value = text.withUTF8({ utf8 in try? JSONParser.parse(utf8) }), let object = value.objectValue,
            let anonymousId = object["anonymousId"]?.stringValue, !anonymousId.isBlank,
            let changed = object["changed"]?.intValue.map({ min(max($0, -1), Statement.largest) })
        else { return nil }
        // Earlier versions took a blank userId.
        self.init(
            anonymousId: anonymousId, userId: object["userId"]?.stringValue.flatMap { $0.isBlank ? nil : $0 },
            traits: object["traits"]?.objectValue ?? [:], changed: Timestamp(milliseconds: changed))
    }

    init(anonymousId: String, userId: String?, traits: JSONObject, changed: Timestamp) {
        self.anonymousId = anonymousId
        self.userId = userId
        self.traits = traits
        self.changed = changed
    }

    /// Follows an `identify`: the traits of the same user are merged, those of another user
    /// replace them.
    mutating func apply(identify userId: String?, traits: JSONObject, at time: Timestamp) {
        if let userId, self.userId?.isIdentical(to: userId) != true {
            self.userId = userId
            self.traits = traits
        } else {
            self.traits.merge(traits)
        }
        changed = time
    }

    /// The time that a change made now counts as: later than the change before it, even if
    /// the clock was set back.
    func nextChange(at time: Timestamp) -> Timestamp {
        max(time, Timestamp(milliseconds: min(changed.milliseconds, .max - 1) + 1))
    }
}
