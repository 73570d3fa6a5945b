// SPDX-License-Identifier: MIT

/// A request to the pipeline that is not an event.
enum Command {
    /// Adds a plugin. The moment is that of the host's call.
    case add(any Plugin, id: UInt64, Moment)
    case remove(id: UInt64)
    /// The host says whether it is in use.
    case application(ApplicationChange, Moment)
    /// The host ends the session, or begins another.
    case session(SessionRequest, Moment)
    /// A believed source named the time: the right offset of the wall clock to the time since
    /// boot, in milliseconds; `nil` to apply what is known to all stored events.
    case clockConfirmed(Int64?)
    /// Reads the session and the visit from the store.
    case look
    /// The user opted out, or another program forgot the user: all events so far are removed.
    /// `visitCalls` is how many calls changed the visit so far.
    case erase(visitCalls: Int)
    /// Wipes what a delivered deletion request leaves in the store's files.
    case wipe
    /// The user is forgotten: all events so far are removed, and the destinations are sent
    /// this deletion request. The reply comes when the events are removed.
    case forget(JSONObject, visitCalls: Int, Reply<ErasureReport>?)
    /// ``Analytics/isEnabled`` changed.
    case settingsChanged
    /// A destination of this client gets events, or gets none.
    case integration(String, isEnabled: Bool)
    /// Removes the events that wait.
    case purge
    /// Runs a closure with the plugins. `isUrgent` is whether a caller waits for it; see
    /// ``isUrgent``.
    case inspect(isUrgent: Bool = true, (Timeline) -> Void)
    /// Stores the calls before it, safe from a power cut, and tells the uploader to deliver.
    case flush(Reply<FootfallError?>?, delivers: Bool)
    /// Stores events that did not come through the spool. `mayEvict` is whether the oldest
    /// events make room for them when the store is full. The values are set in the key-value
    /// store, in the same transaction.
    case store([Event], mayEvict: Bool, values: [String: String] = [:], Reply<BatchReport>)
    /// Runs one event through the plugins, and replies with what would be stored.
    case rehearse(Event, Reply<Rehearsal>)
    /// Stores the calls before it, shuts the plugins down and ends the thread.
    case close(Reply<Bool>)
}

extension Command {
    /// Whether the client starts before this command; see ``StartBarrier``.
    var isBehindStart: Bool {
        switch self {
        case .application, .session, .flush, .store, .forget, .purge, .close: true
        case .add, .remove, .clockConfirmed, .look, .erase, .wipe, .inspect, .rehearse: false
        case .settingsChanged, .integration: false
        }
    }

    /// Whether it is a call of the host that would have an effect. The host is told when it comes too late.
    var isOfHost: Bool {
        switch self {
        case .add, .session, .flush(nil, _), .purge, .integration, .forget: true
        case .remove, .application, .clockConfirmed, .look, .erase, .wipe, .settingsChanged: false
        case .inspect, .flush, .store, .rehearse, .close: false
        }
    }

    /// Whether the command is run although DO_NOT_TRACK is set: it serves an opt-out.
    var servesErasure: Bool {
        switch self {
        case .erase, .flush(_, delivers: false): true
        default: false
        }
    }

    /// Whether a caller waits for the command, and is answered even while the store refuses
    /// what came before it.
    var isUrgent: Bool {
        switch self {
        case .close, .flush, .store, .rehearse: true
        case .inspect(let isUrgent, _): isUrgent
        case .add, .remove, .application, .session, .clockConfirmed, .look, .wipe: false
        case .settingsChanged, .integration, .purge: false
        case .erase, .forget: true
        }
    }
}
