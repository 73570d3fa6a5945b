// SPDX-License-Identifier: MIT
import Footfall
import FootfallStore
import Glibc
import TestSupport
import Testing

extension Reliability {
    /// `status` of a store that others write to.
    @Suite struct StatusTests {
        let folder = TemporaryDirectory()

        /// Stores events, delivers some and makes dead letters that it queues again, until it is told
        /// to stop. The law holds after each transaction.
        private func change(_ isOver: Guarded<Bool>) throws {
            let store = try Store(path: StateDirectory(path: folder("state")).database)
            let body = Array("{\"type\":\"track\"}".utf8)
            while !isOver.current {
                try store.transaction { (_) throws(StoreError) in
                    let first = max(try store.counters.value(CounterTable.nextEvent), 1)
                    for id in first..<first + 20 {
                        try body.withUnsafeBufferPointer { (bytes) throws(StoreError) in
                            try store.events.add(id: id, routes: 3, priority: 1, stored: 0, body: bytes)
                        }
                    }
                    for id: Int64 in [0, 1] { try store.destinations.addRouted(20, to: id) }
                    try store.counters.add(20, to: CounterTable.rows)
                    try store.counters.add(20, to: CounterTable.stored)
                    let next = try store.counters.value(CounterTable.nextEvent)
                    try store.counters.add(first + 20 - next, to: CounterTable.nextEvent)
                }
                try store.transaction { (_) throws(StoreError) in
                    for id: Int64 in [0, 1] {
                        guard let row = try store.destinations.row(id),
                            let first = try store.events.firstWaiting(for: id, after: row.position)
                        else { continue }
                        try store.destinations.addDeadLetter(first, of: id, reason: "bad", at: 1)
                        let last = min(first + 40, try store.counters.value(CounterTable.nextEvent) - 1)
                        let delivered = try store.events.count(for: id, after: row.position, upTo: last)
                        try store.destinations.advance(id, to: last, delivered: delivered)
                        try store.counters.add(delivered, to: CounterTable.delivered)
                        let removed = try store.events.removeDone(after: row.position, upTo: last, destination: id)
                        try store.counters.add(-Int64(removed), to: CounterTable.rows)
                    }
                }
                try store.transaction { (_) throws(StoreError) in
                    for letter in try store.destinations.deadLetters(limit: 2) {
                        _ = try store.queueAgain(letter.event, of: letter.destination)
                    }
                    try store.boundDeadLetters()
                }
            }
        }

        @Test func statusIsConsistentWhileOthersWrite() throws {
            try StateDirectory(path: folder("state")).create()
            try inspect(folder("state")) { store in
                try store.transaction { (_) throws(StoreError) in
                    try store.destinations.add(id: 0, name: "a", key: "a", position: 0)
                    try store.destinations.add(id: 1, name: "b", key: "b", position: 0)
                }
            }
            let looks = Reliability.count(short: 500, long: 10_000)
            let isOver = Guarded(false)
            let configuration = Configuration(writeKey: "k").stateDirectory(folder("state"))
            let isFalse = Guarded<[String]>([])
            let falseLooks = Guarded(0)
            onThreads(3) { thread in
                do {
                    guard thread == 0 else { return try change(isOver) }
                    defer { isOver.read { $0 = true } }
                    for _ in 0..<looks {
                        let status = try StoreStatus(configuration, countsRows: true)
                        let before = isFalse.current.count
                        for row in status.destinations
                        where row.routed != row.delivered + row.dropped + row.deadLettered + row.queued {
                            isFalse.read { $0.append("\(row)") }
                        }
                        let sum = status.destinations.reduce(0) { $0 + $1.delivered }
                        if sum != status.delivered { isFalse.read { $0.append("\(sum) of \(status.delivered)") } }
                        if isFalse.current.count > before { falseLooks.read { $0 += 1 } }
                    }
                } catch {
                    isOver.read { $0 = true }
                    Issue.record("\(error)")
                }
            }
            #expect(isFalse.current.isEmpty, "\(isFalse.current.count) of \(looks): \(isFalse.current.prefix(3))")
            Reliability.note("13 looks under load", tried: looks, held: looks - falseLooks.current)
            #expect(try lawHolds(folder("state")))
        }
    }
}
