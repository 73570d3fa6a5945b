// SPDX-License-Identifier: MIT

/// A call on its way from the mailbox to the pipeline.
enum QueuedCall {
    case event(Event, [EnrichmentClosure])
    case reset(Reset)
    /// The visit changes. `calls` is how many calls changed it, with this one; `nil` if that
    /// is not known.
    case visit(VisitCall, calls: Int?)
    case command(Command)
    /// The call was moved out; see ``Mailbox/Entry/takeCall()``.
    case moved

    /// Whether the client starts before this call; see ``StartBarrier``.
    var isBehindStart: Bool {
        switch self {
        case .event, .reset, .visit: true
        case .command(let command): command.isBehindStart
        case .moved: false
        }
    }

    /// Whether the call is about the user, so that an erasure removes it.
    var isRecord: Bool {
        switch self {
        case .event, .reset, .visit: true
        case .command, .moved: false
        }
    }

    /// Whether the call changes what plugins there are, or what they get: a forked child needs it
    /// as well.
    var isRegistration: Bool {
        switch self {
        case .command(.add), .command(.remove), .command(.settingsChanged), .command(.integration): true
        case .event, .reset, .visit, .command, .moved: false
        }
    }
}
