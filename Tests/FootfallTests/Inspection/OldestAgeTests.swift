// SPDX-License-Identifier: MIT
import Footfall
import FootfallStore
import Glibc
import TestSupport
import Testing

@testable import Footfall

/// How long the oldest event of a destination has waited, in stores of many events.
@Suite struct OldestAgeTests {
    let directory = TemporaryDirectory()
    /// The moment at which everything happens.
    private let now = SystemClock.system.moment

    private var configuration: Configuration {
        let clock = SystemClock(
            wall: { [now] in now.wall }, boot: { [now] in now.bootNanoseconds }, bootID: now.bootID)
        return Configuration.test(directory).clock(clock)
    }

    /// Makes a store with two destinations, `a` (bit 0) and `b` (bit 1).
    ///
    /// - Parameter shift: How wrong the clock was that stamped the events, in milliseconds.
    private func plant(
        _ plan: [(count: Int, routes: Int64)], positions: (a: Int64, b: Int64), shift: Int64 = 0
    ) throws {
        try StateDirectory(path: directory.path).create()
        try inspect(directory) { store in
            try store.transaction { (_) throws(StoreError) in
                try store.clocks.add(
                    ClockRow(id: 1, bootID: now.bootID, offset: now.offset + shift, isPlausible: true))
                try store.destinations.add(id: 0, name: "a", key: "a", position: positions.a)
                try store.destinations.add(id: 1, name: "b", key: "b", position: positions.b)
                var id: Int64 = 0
                for (count, routes) in plan {
                    for _ in 0..<count {
                        id += 1
                        // Each event is a second younger than the one before it; the last is a second old.
                        let age = Int64(plan.reduce(0) { $0 + $1.count }) - id + 1
                        let time = Timestamp(milliseconds: now.wall.milliseconds + shift - age * 1_000)
                        let body = Array(#"{"type":"track","event":"E","timestamp":"\#(time)"}"#.utf8)
                        try body.withUnsafeBufferPointer { (bytes) throws(StoreError) in
                            try store.events.add(id: id, routes: routes, priority: 0, stored: 0, clock: 1, body: bytes)
                        }
                    }
                    for bit in [Int64(0), 1] where routes >> bit & 1 == 1 {
                        try store.destinations.addRouted(Int64(count), to: bit)
                    }
                }
                try store.counters.add(id, to: CounterTable.rows)
                try store.counters.add(id + 1, to: CounterTable.nextEvent)
                try store.destinations.advance(1, to: positions.b, delivered: positions.b)
            }
        }
    }

    /// How many seconds the oldest events of `a` and `b` have waited.
    private func ages() throws -> [String] {
        try StoreStatus(configuration).destinations.map { row in
            row.oldest.map { "\($0.isAtLeast ? "at least " : "")\($0.milliseconds / 1_000)" } ?? "none"
        }
    }

    /// `b` took all but the last 20 events; the rows lie there for `a`.
    @Test func isExactForADestinationThatIsFarAhead() throws {
        try plant([(25_000, 3)], positions: (0, 24_980))
        #expect(try ages() == ["25000", "20"])
    }

    /// The first 10,000 rows are `b`'s alone, so what is older than the end of the table is not known for `a`.
    @Test func isALeastValueBehindTenThousandRowsOfAnother() throws {
        try plant([(10_500, 2), (40, 1)], positions: (0, 0))
        #expect(try ages() == ["at least 40", "10540"])
        let json = try StoreStatus(configuration).json["destinations"]?.arrayValue?.first?.objectValue
        #expect(json?["isOldestAgeAtLeast"] == true)
    }

    @Test func saysNothingOfTheMiddleOfALargeTable() throws {
        try plant([(10_500, 2), (1, 1), (10_500, 2)], positions: (0, 0))
        #expect(try ages() == ["at least 0", "21001"])
    }

    /// Status takes the sums; doctor counts, and says that they differ.
    @Test func doctorCountsTheRowsAndStatusTakesTheSums() throws {
        try plant([(5, 1)], positions: (0, 0))
        #expect(!Doctor.examine(configuration).contains { $0.text.contains("its sums say") })
        try inspect(directory) { try $0.destinations.addRouted(2, to: 0) }
        #expect(try StoreStatus(configuration).destinations[0].queued == 7)
        #expect(try StoreStatus(configuration, countsRows: true).destinations[0].queued == 5)
        let findings = Doctor.examine(configuration).map(\.text)
        #expect(findings.contains { $0.hasPrefix("5 events wait, but its sums say 7") }, "\(findings)")
    }

    @Test(arguments: [Int64(86_400_000), -86_400_000])
    func theAgeOfAnEventOfThisBootDoesNotDependOnTheWallClock(_ shift: Int64) throws {
        try plant([(100, 1)], positions: (0, 0), shift: shift)
        #expect(try ages()[0] == "100")
    }
}
