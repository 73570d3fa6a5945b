// SPDX-License-Identifier: MIT

/// When a plugin starts, and whose its events are then.
///
/// For a plugin that was added before the client's start that is the client's creation, else
/// the call that added it. The pipeline reaches a plugin later than that.
struct StartContext: Sendable {
    var moment: Moment
    var identity: Identity

    /// Stamps an event of a start: it belongs to no visitor.
    func stamp(_ event: inout Event) {
        event.isAutomatic = true
        if event.anonymousId.isEmpty { event.anonymousId = identity.anonymousId }
        event.userId = event.userId ?? identity.userId
    }
}
