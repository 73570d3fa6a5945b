// SPDX-License-Identifier: MIT
@_spi(Sessions) import Footfall
import FootfallStore

/// The session and the visit of a store as they are at a moment: what is over by then is not
/// open, although the store says so until a program ends it.
///
/// The rules are those of the plugin, so the next event is stored as this says.
package struct SessionOutlook: Sendable {
    /// The session that is over, and the time that its `session_end` will have.
    package let overSession: (id: Int64, at: Timestamp)?
    /// The visit that is over.
    package let overVisit: Visit?
    /// The visit that ended last, with ``overVisit``: when and why.
    package let endedVisit: (at: Timestamp, reason: VisitEndReason)?

    /// - Parameters:
    ///   - stored: The record in the store.
    ///   - moment: Now, with the right wall time where it is known.
    package init(_ stored: StoredSession, _ configuration: SessionConfiguration, at moment: Moment) {
        var rules = SessionRules(configuration)
        rules.bootID = moment.bootID
        var state = SessionRecord.read(stored, configuration)
        let context = SessionRules.SessionContext(transaction: nil, installation: ("", nil))
        let effect = rules.happen(.time(moment), &state, context)
        overSession = effect.ended.map { ($0.id, $0.end) }
        overVisit = effect.endedVisits.first?.visit
        endedVisit = state.visits.ended.map { ($0.at.wall, $0.reason) }
    }
}
