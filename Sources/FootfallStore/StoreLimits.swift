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
        self.bytes = max(bytes, 4 << 20)
        self.events = max(events, 100)
        self.age = max(age, .seconds(60))
    }

    static let pageBytes: Int64 = 4_096

    /// Pages in the -wal after which it is moved into the database although there
    /// is more to do. Each time costs two syncs, which at 256 pages are as dear as
    /// the rest of a flood.
    var busyCheckpointPages: Int { Int(min(1_024, max(64, bytes / Self.pageBytes / 16))) }

    /// Bytes that the database itself may have: the rest is for its -wal, which is
    /// moved when it is half of that.
    package var databaseBytes: Int64 { bytes - 2 * Int64(busyCheckpointPages) * Self.pageBytes }

    /// Dead letters are kept inside the store, and at most these.
    package var deadLetters: Int64 { events / 10 }
    package var deadLetterBytes: Int64 { bytes / 10 }
}
