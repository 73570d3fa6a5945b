// SPDX-License-Identifier: MIT

/// What the mailbox carries to the pipeline, in the order of the calls.
enum QueuedCall {
    case event(Event, [EnrichmentClosure])
    case reset(Reset)
    /// The visit changes; the count of such calls with this one.
    case visit(VisitCall, calls: Int?)
    case command(Command)
    /// The call was moved out; see ``Mailbox/Entry/takeCall()``.
    case moved

    /// Whether what earlier processes left comes before it: not so with the
    /// plugins that it must go through, nor when the client ends.
    var isBehindOrphans: Bool {
        switch self {
        case .event, .reset, .visit, .command(.flush), .command(.store), .command(.application), .command(.session):
            true
        case .command, .moved: false
        }
    }

    /// Whether the work is about the user, so that an erasure removes it.
    var isRecord: Bool {
        switch self {
        case .event, .reset, .visit: true
        case .command, .moved: false
        }
    }

    /// Whether it changes the chain: a forked child needs it as well.
    var isRegistration: Bool {
        switch self {
        case .command(.add), .command(.remove): true
        case .event, .reset, .visit, .command, .moved: false
        }
    }
}
