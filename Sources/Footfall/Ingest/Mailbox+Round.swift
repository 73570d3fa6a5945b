// SPDX-License-Identifier: MIT
import FootfallStore

extension Mailbox {
    /// How many events the pipeline has not taken. From any thread.
    var pendingEvents: Int { lock.withLock { waitingEvents + spooledEvents } }

    struct Entry {
        var sequence: Int64
        var call: QueuedCall

        /// Moves the call out: a copy would be dear, and freed far later.
        mutating func takeCall() -> QueuedCall {
            var taken = QueuedCall.moved
            swap(&taken, &call)
            return taken
        }
    }

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
