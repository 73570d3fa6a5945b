// SPDX-License-Identifier: MIT
import FootfallStore

/// Who events come from: an immutable snapshot, stamped on each call.
struct Identity: Sendable, Equatable {
    var anonymousId: String
    var userId: String?
    var traits: JSONObject
    /// When it was changed last, by identify or reset. The latest wins over
    /// those of other processes.
    var changed: Timestamp

    /// The key of the store's copy.
    static let key = "analytics.identity"

    /// Before any change: loses against whatever is stored.
    static let never = Timestamp(milliseconds: -1)

    /// Of an installation that is new, as far as this process knows.
    static func fresh() -> Identity {
        Identity(anonymousId: UUIDv4.random().description, userId: nil, traits: [:], changed: never)
    }

    /// The text of the store and of the side file.
    var json: JSONObject {
        [
            "anonymousId": .string(anonymousId), "userId": userId.map { .string($0) } ?? .null,
            "traits": .object(traits), "changed": .int(changed.milliseconds),
        ]
    }

    /// Reads such a text; `nil` when it is none.
    init?(_ text: String) {
        var text = text
        // Whatever is wrong with it, it is no identity.
        guard let value = text.withUTF8({ utf8 in try? JSONParser.parse(utf8) }), let object = value.objectValue,
            let anonymousId = object["anonymousId"]?.stringValue, !anonymousId.isEmpty,
            let changed = object["changed"]?.intValue.map({ min(max($0, -1), Statement.largest) })
        else { return nil }
        self.init(
            anonymousId: anonymousId, userId: object["userId"]?.stringValue,
            traits: object["traits"]?.objectValue ?? [:], changed: Timestamp(milliseconds: changed))
    }

    init(anonymousId: String, userId: String?, traits: JSONObject, changed: Timestamp) {
        self.anonymousId = anonymousId
        self.userId = userId
        self.traits = traits
        self.changed = changed
    }

    /// What an identify event makes of it: another user's traits replace these,
    /// the same user's are put over them.
    mutating func apply(identify userId: String?, traits: JSONObject, at time: Timestamp) {
        if let userId, self.userId?.isIdentical(to: userId) != true {
            self.userId = userId
            self.traits = traits
        } else {
            self.traits.merge(traits)
        }
        changed = time
    }

    /// When a change that is made at a time counts as made: after the one before,
    /// however far the clock was set back meanwhile.
    func nextChange(at time: Timestamp) -> Timestamp {
        max(time, Timestamp(milliseconds: min(changed.milliseconds, .max - 1) + 1))
    }
}
