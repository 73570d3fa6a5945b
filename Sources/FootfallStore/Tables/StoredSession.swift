// SPDX-License-Identifier: MIT
import FootfallJSON

/// The session and the visit that are open, as the key-value store has them.
///
/// Any program may have written the values: what cannot be read counts as absent.
package struct StoredSession: Sendable {
    /// The id of the open session: when it began, in milliseconds since 1970.
    package let id: Int64?
    /// When its last event was made, in milliseconds since 1970.
    package let lastAccess: Int64?
    /// The members of the plugin's JSON, for what the plugin alone reads.
    package let members: JSONObject?

    package init(_ store: Store, _ keys: SessionKeys = SessionKeys()) throws(StoreError) {
        try self.init(keys) { (key) throws(StoreError) in try store.keyValue.text(key) }
    }

    /// - Parameter text: Reads one value of the key-value store.
    package init<E: Error>(_ keys: SessionKeys = SessionKeys(), text: (String) throws(E) -> String?) throws(E) {
        id = Self.time(try text(keys.id))
        lastAccess = Self.time(try text(keys.lastAccess))
        // A damaged record counts as none; the public keys remain.
        members = try text(keys.state).flatMap { try? JSONParser.parse($0) }?.objectValue
    }

    private static func time(_ text: String?) -> Int64? {
        text.flatMap { Int64($0) }.flatMap { Timestamp.since1970.contains($0) ? $0 : nil }
    }

    /// The visit that is open.
    package var visit: StoredVisit? { members?[StoredVisit.key]?.objectValue.flatMap { StoredVisit($0) } }

    /// The boot in which attract mode was entered; `nil` outside of it.
    package var attractBootID: String? { members?[Self.attractKey]?.stringValue }
    package static let attractKey = "attract"
}

/// A visit, as a member of the session's JSON.
package struct StoredVisit: Sendable, Equatable {
    /// The member that has the open visit.
    package static let key = "visit"

    /// A point of time by both clocks.
    package struct Moment: Sendable, Equatable {
        /// Milliseconds since 1970.
        package var wall: Int64
        package var bootNanoseconds: Int64
        package var bootID: String

        package init(wall: Int64, bootNanoseconds: Int64, bootID: String) {
            self.wall = wall
            self.bootNanoseconds = bootNanoseconds
            self.bootID = bootID
        }

        /// The longest time since boot that is read, in nanoseconds: adding a limit or
        /// a pause to it does not overflow.
        package static let longestBoot: Int64 = 1 << 62

        package init?(_ value: JSON?) {
            guard let object = value?.objectValue, let wall = object["wall"]?.intValue,
                Timestamp.since1970.contains(wall), let boot = object["boot"]?.intValue,
                (0...Self.longestBoot).contains(boot), let bootID = object["bootID"]?.stringValue
            else { return nil }
            self.init(wall: wall, bootNanoseconds: boot, bootID: bootID)
        }

        package var json: JSON {
            ["wall": .int(wall), "boot": .int(bootNanoseconds), "bootID": .string(bootID)]
        }
    }

    /// The visit's own anonymousId; empty in the record of a visit that ended.
    package var anonymousId: String
    /// Who the visitor said to be.
    package var userId: String?
    package var began: Moment
    /// The last interaction.
    package var last: Moment
    package var hasInteraction: Bool
    /// Since when idleness does not end the visit.
    package var pausedSince: Moment?

    package init(
        anonymousId: String, userId: String?, began: Moment, last: Moment, hasInteraction: Bool, pausedSince: Moment?
    ) {
        self.anonymousId = anonymousId
        self.userId = userId
        self.began = began
        self.last = last
        self.hasInteraction = hasInteraction
        self.pausedSince = pausedSince
    }

    /// Reads an open visit, which has an id.
    package init?(_ object: JSONObject) {
        guard let id = object["anonymousId"]?.stringValue, !id.isEmpty else { return nil }
        self.init(anonymousId: id, object)
    }

    /// Reads everything but the id.
    package init?(anonymousId: String, _ object: JSONObject) {
        guard let began = Moment(object["began"]), let last = Moment(object["last"]) else { return nil }
        self.init(
            anonymousId: anonymousId, userId: object["userId"]?.stringValue, began: began, last: last,
            hasInteraction: object["hasInteraction"]?.boolValue ?? false, pausedSince: Moment(object["pausedSince"]))
    }

    package var json: JSONObject {
        var object: JSONObject = [
            "anonymousId": .string(anonymousId), "began": began.json, "last": last.json,
            "hasInteraction": .bool(hasInteraction),
        ]
        object["userId"] = userId.map { .string($0) }
        object["pausedSince"] = pausedSince.map(\.json)
        return object
    }
}
