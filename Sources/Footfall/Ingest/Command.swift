// SPDX-License-Identifier: MIT

/// A request to the pipeline that is not an event.
enum Command {
    case add(any Plugin, id: UInt64)
    case remove(id: UInt64)
    /// The host says that it is in use, or not.
    case application(ApplicationChange, Moment)
    /// The session is to end, or to be another.
    case session(SessionRequest, Moment)
    /// What the wall clock's offset to the time since boot is in truth, in
    /// milliseconds; `nil` for what is known and not applied to all that is stored.
    case clockConfirmed(Int64?)
    /// Looks at what is in the store.
    case look
    /// The user opted out, or another program forgot the user: all stored and taken
    /// events have to go. The count of calls that changed the visit so far.
    case erase(visitCalls: Int)
    /// Wipes what a delivered deletion request left.
    case wipe
    /// As ``erase(visitCalls:)``, and asks the destinations to forget the user.
    case forget(JSONObject, visitCalls: Int)
    /// Looks at the plugins.
    case inspect((Timeline) -> Void)
    /// Stores what is before it, durably, and tells the uploader to deliver.
    case flush(Reply<FootfallError?>?, delivers: Bool)
    /// Stores a batch that did not come through the spool.
    case store([Event], Reply<BatchReport>)
    /// Runs one event through the chain and shows what would be stored.
    case rehearse(Event, Reply<[String]>)
    /// Shuts the plugins down and ends the thread.
    case close(Reply<Bool>)
}

extension Command {
    /// Whether it is of use where the environment forbids everything else.
    var servesErasure: Bool {
        switch self {
        case .erase, .flush(_, delivers: false): true
        default: false
        }
    }

    /// Whether somebody waits for it who must be answered though the store
    /// refuses what came before it.
    var isUrgent: Bool {
        switch self {
        case .close, .inspect, .flush, .store, .rehearse: true
        case .add, .remove, .application, .session, .clockConfirmed, .look, .wipe: false
        case .erase, .forget: true
        }
    }
}
