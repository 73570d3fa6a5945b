// SPDX-License-Identifier: MIT
import FootfallStore

extension Mailbox {
    /// How many events the pipeline has not taken. From any thread.
    var pendingEvents: Int { lock.withLock { waitingEvents + spooledEvents } }

    struct Entry {
        var sequence: Int64
        var call: QueuedCall
        /// False for an event that is in memory only.
        var isSpooled = true

        init(sequence: Int64, call: QueuedCall) {
            self.sequence = sequence
            self.call = call
        }

        init(_ sequence: Int64, _ event: consuming Event, _ closures: [EnrichmentClosure], isSpooled: Bool) {
            self.sequence = sequence
            call = .event(consume event, closures)
            self.isSpooled = isSpooled
        }

        /// The command, if the call is one.
        var command: Command? {
            if case .command(let command) = call { return command }
            return nil
        }

        /// Moves the call out: a copy would be dear, and freed far later.
        mutating func takeCall() -> QueuedCall {
            var taken = QueuedCall.moved
            swap(&taken, &call)
            return taken
        }
    }

    /// What ``post(_:_:)`` returns for a call that came too late. The time since boot is greater.
    static let closed: Int64 = 0

    /// Takes the commands whose callers must be answered though the store refuses what
    /// came before them; see ``Command/isUrgent``.
    func takeUrgent() -> [Command] { take { $0.command?.isUrgent == true }.compactMap(\.command) }

    /// What the pipeline takes at once: everything called so far.
    struct Round {
        var entries: [Entry] = []
        /// How many of the calls are events.
        var events = 0
        /// From this sequence number on, events with records are only in the spool.
        var spooledFrom: Int64?
        var reader: Spool.Cursor?
        /// The last sequence number when the round was taken.
        var last: Int64 = 0
        /// Events refused since the last round.
        var drops: [DropReason: Int64] = [:]
    }
}
