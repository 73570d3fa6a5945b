// SPDX-License-Identifier: MIT

/// The keys of the key-value store that a session plugin uses.
///
/// `analytics_session_id` and `analytics_session_id.last_access` are public and
/// stable: integers as text, in milliseconds since 1970.
package struct SessionKeys: Sendable {
    /// The id of the open session.
    package let id: String
    /// The time of its last event.
    package let lastAccess: String
    /// The rest of the plugin's state, as JSON; see ``StoredSession``.
    package let state: String

    /// - Parameter source: Whose session it is, in a store that several sources share;
    ///   the default, `nil`, gives the names above.
    package init(source: String? = nil) {
        id = "analytics_session_id" + (source.map { "/\($0)" } ?? "")
        lastAccess = "\(id).last_access"
        state = "\(id).state"
    }

    package var all: [String] { [id, lastAccess, state] }
}

/// The counters that a session plugin keeps; see ``CounterTable``.
package enum SessionCounter {
    /// Visits that ended.
    package static let visits = "visits"
    /// Those of them without any interaction.
    package static let emptyVisits = "visits.empty"
    /// How often the next session id was set back after a clock was put right.
    package static let idsSetBack = "sessions.idsSetBack"
}
