// SPDX-License-Identifier: MIT
import AmplitudeSession
import Footfall

extension StoreStatus {
    /// Reads the store of a configuration, and shows a session or a visit whose time is over
    /// as ended. Nothing is written: the next event, or a program that runs, ends it.
    ///
    /// The state of a destination that no process delivers to and that this configuration does
    /// not have is `notConfigured`, `disabled` or `unknownType`: the attempt that the store has as the
    /// next one is not made. A destination of the configuration that the store does not have is added
    /// with the state `new`, since it gets its row with the first event.
    init(_ settings: Settings) throws {
        try self.init(settings.configuration)
        let configured = ConfiguredDestinations(settings)
        for index in destinations.indices {
            guard !destinations[index].isDelivered, let absence = configured.idleness(of: destinations[index].name)
            else { continue }
            (destinations[index].state, destinations[index].nextAttempt) = (absence.rawValue, nil)
            guard let type = configured.unknownType(of: destinations[index].name) else { continue }
            destinations[index].lastError = "waits for a program that knows the type \(type)"
        }
        for name in configured.enabled where !destinations.contains(where: { $0.name.isIdentical(to: name) }) {
            let state = configured.unknownType(of: name) == nil ? Absence.new : .unknownType
            destinations.append(Destination(unstored: name, state: state.rawValue))
        }
        guard let storedSession else { return }
        let outlook = SessionOutlook(storedSession, settings.sessions ?? SessionConfiguration(), at: moment)
        endedVisit = outlook.endedVisit.map { ($0.at, $0.reason.rawValue) }
        if let over = outlook.overSession {
            (sessionId, lastAccess, endedSession) = (nil, nil, over)
        }
        if let over = outlook.overVisit {
            visit = nil
            visits.ended += 1
            if !over.hasInteraction { visits.empty += 1 }
        }
    }

    /// One line about the session.
    var sessionLine: String {
        if let sessionId { return "\(sessionId), last active \(lastAccess?.description ?? "never")" }
        return endedSession.map { "none; the last one ended \($0.at)" } ?? "none"
    }
}
