// SPDX-License-Identifier: MIT

extension Event {
    /// Brings the ids, names, time and `integrations` into the form in which they are stored
    /// and sent, whichever way the event came: a call, its options, JSON, or a plugin.
    ///
    /// A blank text (see `String.isBlank`) counts as not given. The time is moved into the
    /// years 0 to 9999. The caller fills in the ids that are missing afterwards.
    package mutating func normalize() {
        userId.removeBlank()
        event.removeBlank()
        name.removeBlank()
        category.removeBlank()
        groupId.removeBlank()
        previousId.removeBlank()
        if anonymousId.isBlank { anonymousId = "" }
        if case .text(let id) = identifier, id.isBlank { identifier = .unassigned }
        if !Timestamp.allowed.contains(timestamp.milliseconds) { timestamp = timestamp.bounded }
        if !integrations.isEmpty { spellAll() }
    }

    /// Throws when a field is missing or blank that the event's type needs.
    package func validate() throws(EventReader.Problem) {
        func need(_ field: String, _ value: String?) throws(EventReader.Problem) {
            guard value?.isBlank ?? true else { return }
            throw EventReader.Problem(field: field, problem: "it is missing or blank; \(type.rawValue) needs it")
        }
        if isForeign, anonymousId.isEmpty, (type == .alias ? previousId : userId) == nil {
            let (field, other) = type == .alias ? ("previousId", "alias") : ("userId", type.rawValue)
            throw EventReader.Problem(
                field: field,
                problem: "it is missing, and so is anonymousId; \(other) of another user needs one of them")
        }
        switch type {
        case .track: try need("event", event)
        case .group: try need("groupId", groupId)
        case .alias: try need("userId", userId)
        // Without a userId the call adds traits. ``normalize()`` has removed a blank one.
        case .identify: if userId != nil { try need("userId", userId) }
        // Segment's specification does not require a name.
        case .screen, .page: break
        }
    }
}
