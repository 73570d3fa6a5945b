// SPDX-License-Identifier: MIT
import FootfallStore

/// All limits of storing and handing over. Change a number here and nowhere else.
package enum Limits {
    /// Segment's server refuses larger events ("Maximum 32 KB per event").
    package static let eventBytes = 32 << 10
    /// Events held in memory for the pipeline; what is beyond is read back from
    /// the spool. 100,000 queued events take 18 MB so, and 53 to 123 otherwise.
    package static let mailboxEvents = 2_000
    /// Events in one transaction: 5 ms. Without a limit it was 300 to 800.
    package static let transactionEvents = 1_000
    /// Both files of a spool together.
    package static let spoolBytes = 16 << 20
    /// A spool write is slow from here on. So many in a row switch the spool off:
    /// a single one is mostly a busy processor, not a slow disk…
    package static let slowSpoolWrite = Duration.milliseconds(5)
    package static let slowSpoolWrites = 3
    /// …for so long.
    package static let spoolPause = Duration.seconds(60)
    /// How long the pipeline waits for more where the spool covers the call: at
    /// one event a commit 23 times the event is written, at 100 it is 2.6 times.
    package static let linger = Duration.seconds(1)
    package static let lingerEvents = 100
    package static let lingerBytes = 64 << 10
    /// So many calls within `deferredLinger` are many: the pipeline looks for
    /// more by itself.
    package static let busyEvents = 10
    /// How long it waits where only memory holds the event.
    package static let deferredLinger = Duration.milliseconds(10)
    /// How long a call that is `.immediate` waits for the disk.
    package static let immediateWait = Duration.seconds(5)
    /// A commit waits for the disk this long after the first that did not: an event
    /// that came a `linger` before that one is five seconds old then…
    package static let syncDelay = Duration.seconds(4)
    /// …or after so many events…
    package static let syncEvents = 50
    /// …but not more often than this.
    package static let syncInterval = Duration.milliseconds(500)
    /// What a store in memory may hold, where there is none on a disk.
    package static let memoryStore = StoreLimits(bytes: 8 << 20, events: 10_000)
    /// How much time of the machine passes between two looks for events that are too old.
    package static let expiryInterval = Duration.seconds(3_600)
    /// Destinations of one client, and of one store.
    package static let destinations = DestinationTable.maximumCount
    /// Rows that make room at once when the store is full.
    package static let evictedAtOnce = 1_000
    /// fork() in the host waits no longer than this for the uploader, and for
    /// the pipeline and its transaction (5 ms)…
    package static let forkWait = Duration.milliseconds(50)
    /// …and so long for a call of another thread that a disk keeps: a child that
    /// cannot have the calls takes none.
    package static let forkWaitForCalls = Duration.milliseconds(250)
    /// A forked child looks whether its parent ended after 1 s, 2 s and so on,
    /// then as often as this; each look is one try for a lock.
    package static let longestParentLook = Duration.seconds(3_600)
    /// exit() in the host waits for the threads no longer than this.
    package static let exitWait = Duration.milliseconds(20)
    /// How much of an answer is read.
    package static let responseBytes = 64 << 10
    /// A server that asks to wait for longer is tried again after this.
    package static let longestRetryAfter = Duration.milliseconds(Timestamp.day)
    /// A cache is believed that it kept an answer (its `Age`) for at most a year.
    package static let longestResponseAge = Duration.milliseconds(365 * Timestamp.day)
}

/// The largest batch a destination takes.
public struct BatchLimits: Sendable {
    public var events: Int
    /// Bytes of the body before compression.
    public var bytes: Int

    public init(events: Int, bytes: Int) {
        self.events = max(events, 1)
        self.bytes = max(bytes, 1)
    }

    /// Segment: 500 KB a request and 2,500 events; 25 KB are left for the rest
    /// of the body. 500 events already compress as well as 2,500.
    public static let segment = BatchLimits(events: 500, bytes: 475_000)
}
