// SPDX-License-Identifier: MIT
@_spi(Sessions) import Footfall
import FootfallStore

/// ``AnalyticsJSSession`` on a store: the state is read and written in the transaction, and
/// the session's events are tracked after it.
final class BrowserMode {
    private let options: AnalyticsJSSession.Options
    private var session = AnalyticsJSSession()
    private var ruling: Int64?
    /// The names of the events to track after the current transaction.
    private var tracked: [String] = []

    private let keys = SessionKeys()

    init(_ options: AnalyticsJSSession.Options) { self.options = options }

    func begin(_ state: TransactionState) throws {
        session = AnalyticsJSSession(
            id: try state.text(keys.id).flatMap { Int64($0) },
            lastAccess: try state.text(keys.lastAccess).flatMap { Int64($0) })
        tracked = []
    }

    func settle(_ occurrence: Occurrence) -> Settlement {
        guard case .event(let event) = occurrence, !event.isForeign,
            AnalyticsJSSession.types.contains(event.type.rawValue)
        else {
            return .keep(withPlanned: false)
        }
        let outcome = session.event(event.json, now: event.timestamp.milliseconds, options: options)
        tracked += outcome.tracked
        ruling = outcome.id
        return outcome.isAttached ? .stamp(withPlanned: false) : .keep(withPlanned: false)
    }

    /// Replaces everything that the event has for the destination, as in the browser.
    func stamp(_ event: inout Event) {
        guard let ruling else { return }
        event.integrations[SessionMarkers.destinationKey] = ["session_id": .int(ruling)]
    }

    func end(_ state: TransactionState) throws {
        try state.set(keys.id, session.id.map(String.init))
        try state.set(keys.lastAccess, session.lastAccess.map(String.init))
    }

    /// Tracks the session's events. They get the new id, which is in the store now.
    func committed(_ analytics: Analytics?) {
        analytics?.publish(sessionId: session.id)
        for name in tracked { analytics?.track(name: name) }
        tracked = []
    }
}

extension Event {
    /// The event as an object, whose fields can be read by name.
    fileprivate var json: JSONObject {
        // This library wrote the text, so it can be parsed.
        (try? JSONParser.parse(jsonText))?.objectValue ?? [:]
    }
}
