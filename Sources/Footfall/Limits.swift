// SPDX-License-Identifier: MIT
import FootfallStore

/// The limits of recording, storing and delivering, each with its reason. Limits of the
/// store itself are in `StoreLimits`.
package enum Limits {
    // MARK: - Events

    /// The largest event, in bytes of JSON: Segment's server refuses larger ones ("Maximum
    /// 32 KB per event").
    package static let eventBytes = 32 << 10
    /// Events that wait in memory for the pipeline; more are read back from the spool. So
    /// 100,000 queued events take 18 MB of memory; all of them in memory took 53 to 123.
    package static let mailboxEvents = 2_000
    /// Events in one transaction, which then takes 5 ms. Without a limit it took 300 to 800.
    package static let transactionEvents = 1_000

    // MARK: - The spool

    /// Bytes of both files of a spool together.
    package static let spoolBytes = 16 << 20
    /// A spool write that takes longer is slow.
    package static let slowSpoolWrite = Duration.milliseconds(5)
    /// So many slow writes in a row switch the spool off. A single one is mostly caused by a
    /// busy processor, not by a slow disk.
    package static let slowSpoolWrites = 3
    /// How long the spool stays switched off.
    package static let spoolPause = Duration.seconds(60)

    // MARK: - Storing

    /// How long the pipeline waits for more events when the spool has the ones that wait. A
    /// commit for one event writes 23 times its bytes, a commit for 100 events 2.6 times.
    package static let linger = Duration.seconds(1)
    /// So many waiting events are stored at once.
    package static let lingerEvents = 100
    /// So many bytes of waiting events are stored at once.
    package static let lingerBytes = 64 << 10
    /// After so many calls since its last look, the pipeline looks again within
    /// ``deferredLinger``, so that the calls need not wake it.
    package static let busyEvents = 10
    /// How long the pipeline waits for more events when only memory has the ones that wait.
    package static let deferredLinger = Duration.milliseconds(10)
    /// How long a call with the durability `.immediate` waits for the disk.
    package static let immediateWait = Duration.seconds(5)
    /// How long after a commit that did not wait for the disk another one does. An event
    /// that came a ``linger`` before the first is five seconds old then.
    package static let syncDelay = Duration.seconds(4)
    /// After so many events a commit waits for the disk even before ``syncDelay``…
    package static let syncEvents = 50
    /// …but there is at least this time between two such commits.
    package static let syncInterval = Duration.milliseconds(500)
    /// How long after a failure of the store, such as a full disk, the next attempt is made.
    package static let storeRetry = Duration.seconds(1)
    /// What a store in memory may hold, when the directory cannot be used.
    package static let memoryStore = StoreLimits(bytes: 8 << 20, events: 10_000)
    /// How often the store is searched for events that are too old, in time that the machine
    /// is up.
    package static let expiryInterval = Duration.seconds(3_600)
    /// How many stored events are followed to their deliveries, for plugins that want to know.
    /// Each takes about 200 bytes.
    package static let followedEvents = 5_000
    /// How many destinations one client, and one store, may have.
    package static let destinations = DestinationTable.maximumCount
    /// Bytes of all keys and values that one plugin keeps. They are read at once and stay in
    /// memory.
    package static let pluginStorageBytes = 64 << 10
    /// How many events are removed at a time when the store is full.
    package static let evictedAtOnce = 1_000

    // MARK: - fork and exit

    /// How long fork() in the host waits for the uploader, and then for the pipeline, whose
    /// transaction takes 5 ms.
    package static let forkWait = Duration.milliseconds(50)
    /// How long it waits for another thread's call that the disk delays. Without that lock
    /// the child cannot record.
    package static let forkWaitForCalls = Duration.milliseconds(250)
    /// A forked child looks whether its parent has ended after 1 s, 2 s, 4 s and so on, and
    /// then at this interval. A look is one attempt to take a lock.
    package static let longestParentLook = Duration.seconds(3_600)
    /// How long exit() in the host waits for the threads.
    package static let exitWait = Duration.milliseconds(20)
    /// Before a signal ends the process: the wait until what destinations answered is in the store.
    static let signalWait = Duration.milliseconds(500)

    // MARK: - Deliveries

    /// The longest time that a destination may take to finish a pending attempt. Until then nothing
    /// else is delivered to it.
    package static let longestPendingDelivery = Duration.seconds(3_600)

    // MARK: - Answers of servers

    /// How many bytes of an answer's body are read.
    package static let responseBytes = 64 << 10
    /// The longest time that a server may ask to wait (`Retry-After`).
    package static let longestRetryAfter = Duration.milliseconds(Timestamp.day)
    /// The longest time that a cache may say that it kept an answer (`Age`): a year.
    package static let longestResponseAge = Duration.milliseconds(365 * Timestamp.day)
}
