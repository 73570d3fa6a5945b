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

    /// Makes a store with two destinations, `a` (bit 0) and `b` (bit 1).
    ///
    /// - Parameter shift: How wrong the clock was that stamped the events, in milliseconds.
    private func plant(
        _ plan: [(count: Int, routes: Int64)], positions: (a: Int64, b: Int64), shift: Int64 = 0
    ) throws {
        try StateDirectory(path: directory.path).create()
        try inspect(directory) { store in
            let now = SystemClock.system.moment
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

    private func ages() throws -> [StoreStatus.Age?] {
        try StoreStatus(.test(directory)).destinations.map { row in
            // A test may take a second or two.
            row.oldest.map { StoreStatus.Age(milliseconds: $0.seconds / 10 * 10, isAtLeast: $0.isAtLeast) }
        }
    }

    /// `b` took all but the last ten events; the rows lie there for `a`.
    @Test func isExactForADestinationThatIsFarAhead() throws {
        try plant([(25_000, 3)], positions: (0, 24_980))
        let ages = try ages()
        #expect(ages[0] == StoreStatus.Age(milliseconds: 25_000))
        #expect(ages[1] == StoreStatus.Age(milliseconds: 20))
    }

    /// The first 10,000 rows are `b`'s alone, so what is older than the end of the table is not known for `a`.
    @Test func isALeastValueBehindTenThousandRowsOfAnother() throws {
        try plant([(10_500, 2), (40, 1)], positions: (0, 0))
        let ages = try ages()
        #expect(ages[0] == StoreStatus.Age(milliseconds: 40, isAtLeast: true))
        #expect(ages[1] == StoreStatus.Age(milliseconds: 10_540))
        let json = try StoreStatus(.test(directory)).json["destinations"]?.arrayValue?.first?.objectValue
        #expect(json?["isOldestAgeAtLeast"] == true)
    }

    @Test func saysNothingOfTheMiddleOfALargeTable() throws {
        try plant([(10_500, 2), (1, 1), (10_500, 2)], positions: (0, 0))
        #expect(try ages()[0] == StoreStatus.Age(milliseconds: 0, isAtLeast: true))
    }

    /// Status takes the sums; doctor counts, and says that they differ.
    @Test func doctorCountsTheRowsAndStatusTakesTheSums() throws {
        try plant([(5, 1)], positions: (0, 0))
        #expect(!Doctor.examine(.test(directory)).contains { $0.text.contains("its sums say") })
        try inspect(directory) { try $0.destinations.addRouted(2, to: 0) }
        #expect(try StoreStatus(.test(directory)).destinations[0].queued == 7)
        #expect(try StoreStatus(.test(directory), countsRows: true).destinations[0].queued == 5)
        let findings = Doctor.examine(.test(directory)).map(\.text)
        #expect(findings.contains { $0.hasPrefix("5 events wait, but its sums say 7") }, "\(findings)")
    }

    @Test(arguments: [Int64(86_400_000), -86_400_000])
    func theAgeOfAnEventOfThisBootDoesNotDependOnTheWallClock(_ shift: Int64) throws {
        try plant([(100, 1)], positions: (0, 0), shift: shift)
        #expect(try ages()[0] == StoreStatus.Age(milliseconds: 100))
    }
}
