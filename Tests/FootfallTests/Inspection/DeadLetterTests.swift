// SPDX-License-Identifier: MIT
import Footfall
import FootfallStore
import TestSupport
import Testing

/// Several threads retry and purge the same dead letters, each over a connection of its
/// own, as several processes do.
@Suite struct DeadLetterTests {
    private static let letters = 40

    /// A store with so many dead letters of one destination. Another destination still waits
    /// for the same events, so that their rows stay when the letters are gone.
    private func fill(_ directory: TemporaryDirectory) throws {
        let body = Array("{\"type\":\"track\"}".utf8)
        try StateDirectory(path: directory.path).create()
        try inspect(directory) { store in
            try store.transaction { (_) throws(StoreError) in
                try store.destinations.add(id: 0, name: "segment", key: "segment", position: Int64(Self.letters))
                try store.destinations.add(id: 1, name: "other", key: "other", position: 0)
                for id in 1...Int64(Self.letters) {
                    try body.withUnsafeBufferPointer { (bytes) throws(StoreError) in
                        try store.events.add(id: id, routes: 3, priority: 1, stored: 0, body: bytes)
                    }
                    try store.destinations.addDeadLetter(id, of: 0, reason: "bad", at: 5)
                }
                for id: Int64 in [0, 1] { try store.destinations.addRouted(Int64(Self.letters), to: id) }
                try store.counters.add(Int64(Self.letters), to: CounterTable.rows)
                try store.counters.add(Int64(Self.letters) + 1, to: CounterTable.nextEvent)
            }
        }
    }

    private func row(_ directory: TemporaryDirectory) throws -> DestinationRow {
        try #require(try inspect(directory) { try $0.destinations.row(0) })
    }

    @Test func eightThatRetryAtOnceQueueEachLetterOnce() throws {
        for round in 0..<20 {
            let directory = TemporaryDirectory()
            try fill(directory)
            let configuration = Configuration.test(directory)
            let queued = Guarded(0)
            onThreads(8) { _ in
                do {
                    let count = try DeadLetters(configuration).sendAgain()
                    queued.read { $0 += count }
                } catch {
                    Issue.record("round \(round): \(error)")
                }
            }
            #expect(queued.current == Self.letters, "round \(round)")
            #expect(try lawHolds(directory), "round \(round)")
            let row = try row(directory)
            #expect(row.queued == Int64(Self.letters) && row.deadLettered == 0, "round \(round): \(row)")
        }
    }

    @Test func retryAndPurgeAtOnceTakeEachLetterOnce() throws {
        for round in 0..<20 {
            let directory = TemporaryDirectory()
            try fill(directory)
            let configuration = Configuration.test(directory)
            let changed = Guarded((queued: 0, purged: 0))
            onThreads(8) { thread in
                do {
                    let letters = DeadLetters(configuration)
                    let isMine: (DeadLetters.Letter) -> Bool = { $0.id % 3 != Int64(thread % 3) }
                    let count = thread % 2 == 0 ? try letters.sendAgain(isMine) : try letters.purge(isMine)
                    changed.read { if thread % 2 == 0 { $0.queued += count } else { $0.purged += count } }
                } catch {
                    Issue.record("round \(round): \(error)")
                }
            }
            let sums = changed.current
            #expect(sums.queued + sums.purged == Self.letters, "round \(round): \(sums)")
            #expect(try lawHolds(directory), "round \(round)")
            let row = try row(directory)
            #expect(row.queued == Int64(sums.queued) && row.dropped == Int64(sums.purged), "round \(round): \(row)")
            #expect(row.deadLettered == 0, "round \(round)")
            let dropped = try inspect(directory) { try $0.counters.value(CounterTable.droppedPrefix + "deadLetter") }
            #expect(dropped == Int64(sums.purged), "round \(round)")
        }
    }

    @Test func aLetterThatIsGoneChangesNoSum() throws {
        let directory = TemporaryDirectory()
        try fill(directory)
        try inspect(directory) { store in
            try store.transaction { (_) throws(StoreError) in
                #expect(try store.queueAgain(1, of: 0))
                #expect(try !store.queueAgain(1, of: 0))
                #expect(try !store.removeDeadLetter(1, of: 0))
                #expect(try store.removeDeadLetter(2, of: 0))
                #expect(try !store.removeDeadLetter(2, of: 0))
                #expect(try !store.queueAgain(2, of: 0))
            }
        }
        #expect(try lawHolds(directory))
    }
}
