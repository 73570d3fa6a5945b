// SPDX-License-Identifier: MIT

/// What became of one event that was recorded.
package enum RecordingOutcome: Sendable {
    /// It is in the store, safe from a power cut.
    case stored
    /// It is not stored and never will be, for this reason.
    case dropped(DropReason)
    /// It is not stored and never will be, because the store cannot be used.
    case failed(FootfallError)
}

/// What would become of one event.
package enum Rehearsal: Sendable {
    /// These events would be stored, as JSON, session markers first.
    case stored([String])
    /// The event would not be stored, for this reason.
    case dropped(DropReason)
}

/// What ``Analytics/forget()`` removed, and which destinations it asks to delete what they have.
package struct ErasureReport: Sendable {
    /// Events that were removed from the store.
    package var events: Int64 = 0
    /// Dead letters that were removed; their events are among ``events``.
    package var deadLetters: Int64 = 0
    /// The destinations for which a deletion request is stored.
    package var requested: [String] = []
    /// The destinations that take no deletion requests.
    package var unsupported: [String] = []
    /// False after an opt-out: no identity is left, so no destination is asked.
    package var isUserKnown = true
}
