// SPDX-License-Identifier: MIT

/// How much a store may hold.
package struct StoreLimits: Sendable, Equatable {
    /// Bytes on the disk, with the -wal.
    package var bytes: Int64
    package var events: Int64
    /// How long an event is kept: time that the machine was up, so that no step
    /// of the clock ages anything.
    package var age: Duration

    package init(
        bytes: Int64 = 64 << 20, events: Int64 = 200_000, age: Duration = .seconds(90 * 86_400)
    ) {
        // Less holds no batch of large events.
        self.bytes = min(max(bytes, 4 << 20), Self.most)
        self.events = min(max(events, 100), Self.most)
        self.age = max(age, .seconds(60))
    }

    /// No disk and no store has more, and nothing that is computed with it overflows.
    private static let most: Int64 = 1 << 50

    /// Of the database. Each commit writes the five or six pages that it changes
    /// whole: a lone event costs 29 KB in pages of 4 KiB (SQLite's own), 17 KB in
    /// these; a flood is a tenth slower for it.
    static let pageBytes: Int64 = 2_048

    /// Pages in the -wal after which it is moved into the database although there
    /// is more to do. Each time costs two syncs, which at 1 MiB are as dear as the
    /// rest of a flood.
    var busyCheckpointPages: Int { Int(min(4 << 20, max(256 << 10, bytes / 16)) / Self.pageBytes) }

    /// A transaction carries no more bytes of events than about this, so that the
    /// -wal does not grow past what the database leaves it: 1,000 of the largest
    /// events would be 32 MiB.
    package var transactionBytes: Int { Int(min(2 << 20, Int64(busyCheckpointPages) * Self.pageBytes)) }

    /// Bytes that the database itself may have: the rest is for its -wal, which is
    /// moved when it is half of that.
    package var databaseBytes: Int64 { bytes - 2 * Int64(busyCheckpointPages) * Self.pageBytes }

    /// Dead letters are kept inside the store, and at most these.
    package var deadLetters: Int64 { events / 10 }
    package var deadLetterBytes: Int64 { bytes / 10 }
}
