// SPDX-License-Identifier: MIT
import FootfallJSON

/// How much a store may hold, and the numbers that follow from that.
package struct StoreLimits: Sendable, Equatable {
    /// Bytes on the disk, with the -wal.
    package var bytes: Int64
    /// Rows in `event`.
    package var events: Int64
    /// How long an event is kept, in time that the machine was up: a step of the clock
    /// makes no event older.
    package var age: Duration

    package static let defaultBytes: Int64 = 64 << 20
    /// As many as fit 64 MiB when an event takes 335 bytes: larger ones reach that limit
    /// first.
    package static let defaultEvents: Int64 = 200_000
    package static let defaultAge = Duration.milliseconds(90 * Timestamp.day)

    /// Values below 4 MiB, 100 events and one minute are raised to these.
    package init(bytes: Int64 = defaultBytes, events: Int64 = defaultEvents, age: Duration = defaultAge) {
        // A smaller store cannot hold a batch of large events.
        self.bytes = min(max(bytes, 4 << 20), Self.most)
        self.events = min(max(events, 100), Self.most)
        self.age = max(age, .seconds(60))
    }

    /// More than any disk has, and little enough that sums and products do not overflow.
    private static let most: Int64 = 1 << 50

    /// The size of the database's pages. A commit writes each page that it changes whole,
    /// five or six of them: a single event costs 29 KB of writing in pages of 4 KiB
    /// (SQLite's default) and 17 KB in these. A flood of events is a tenth slower.
    static let pageBytes: Int64 = 2_048

    /// Pages in the -wal at which it is moved into the database even while more events
    /// wait. Moving it takes two syncs; at 1 MiB they would take as long as all other
    /// work of a flood.
    var busyCheckpointPages: Int { Int(min(4 << 20, max(256 << 10, bytes / 16)) / Self.pageBytes) }

    /// About how many bytes of events one transaction may store: the -wal must not grow
    /// beyond its share of the disk, and 1,000 of the largest events are 32 MiB.
    package var transactionBytes: Int { Int(min(2 << 20, Int64(busyCheckpointPages) * Self.pageBytes)) }

    /// Bytes that the database may have without its -wal. The -wal gets the rest, and is
    /// moved into the database when it has used half of that.
    package var databaseBytes: Int64 { bytes - 2 * Int64(busyCheckpointPages) * Self.pageBytes }

    /// How many dead letters are kept: they share the store with the events that wait.
    package var deadLetters: Int64 { events / 10 }
    /// Bytes of events and reasons that dead letters may have.
    package var deadLetterBytes: Int64 { bytes / 10 }
}
