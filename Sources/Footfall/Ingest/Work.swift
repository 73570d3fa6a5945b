// SPDX-License-Identifier: MIT

/// What the mailbox carries to the pipeline, in the order of the calls.
enum Work {
    case event(Event, [EnrichmentClosure])
    case reset(Reset)
    /// The visit changes; the count of such calls with this one.
    case visit(VisitCall, calls: Int?)
    case command(Command)
    /// What was here is being done.
    case taken

    /// Whether what earlier processes left comes before it: not so with the
    /// plugins that it must go through, nor when the client ends.
    var isBehindOrphans: Bool {
        switch self {
        case .event, .reset, .visit, .command(.flush), .command(.store), .command(.application), .command(.session):
            true
        case .command, .taken: false
        }
    }

    /// Whether the work is about the user, so that an erasure removes it.
    var isRecord: Bool {
        switch self {
        case .event, .reset, .visit: true
        case .command, .taken: false
        }
    }

    /// Whether it changes the chain: a forked child needs it as well.
    var isRegistration: Bool {
        switch self {
        case .command(.add), .command(.remove): true
        case .event, .reset, .visit, .command, .taken: false
        }
    }
}

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

/// What became of a batch that was stored past the spool.
package struct BatchReport: Sendable {
    /// Events in the store, without session markers.
    package var stored = 0
    /// Events that a plugin dropped, or that were too large after the chain, by
    /// their place in the batch.
    package var rejected: [(index: Int, reason: DropReason)] = []
    /// The store has no room; nothing was stored.
    package var isFull = false
    /// Why nothing could be stored.
    package var error: FootfallError?
}

/// Why an event is not delivered.
public struct DropReason: RawRepresentable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// A call that is no event: without a name, say.
    public static let invalid = DropReason(rawValue: "invalid")
    /// More came than the spool and the memory hold.
    public static let overflow = DropReason(rawValue: "overflow")
    /// Larger than 32 KiB.
    public static let tooLarge = DropReason(rawValue: "tooLarge")
    /// A plugin or a closure dropped it.
    public static let plugin = DropReason(rawValue: "plugin")
    /// Its `integrations` refuse every destination there is.
    public static let unrouted = DropReason(rawValue: "unrouted")
    /// The store was full: it made room for newer or more important ones.
    public static let evicted = DropReason(rawValue: "evicted")
    /// Older than is kept.
    public static let expired = DropReason(rawValue: "expired")
    /// A dead letter that made room for newer ones.
    public static let deadLetter = DropReason(rawValue: "deadLetter")
    /// The user opted out.
    public static let optedOut = DropReason(rawValue: "optedOut")
    /// Its destination was removed from the store.
    public static let destination = DropReason(rawValue: "destination")
    /// No mapping of its destination takes it.
    public static let unmapped = DropReason(rawValue: "unmapped")
    /// A record in a spool was not what was written.
    public static let damaged = DropReason(rawValue: "damaged")
}
