// SPDX-License-Identifier: MIT
import FootfallStore
import Glibc
import TestSupport
import Testing

@testable import Footfall

@Suite struct KeptTextTests {
    let directory = TemporaryDirectory()

    @Test func cutsBetweenTwoCodePoints() {
        #expect(KeptText.cut(String(repeating: "x", count: 256)) == String(repeating: "x", count: 256))
        for text in ["x", "é", "€", "\u{1F600}", "e\u{301}"] {
            for lead in 0..<5 {
                let cut = KeptText.cut(String(repeating: "-", count: lead) + String(repeating: text, count: 400))
                #expect(cut.utf8.count <= 256 && cut.utf8.count > 248)
                #expect(cut.unicodeScalars.last == "…" && !cut.unicodeScalars.contains("\u{FFFD}"))
            }
        }
    }

    private func size() -> Int64 {
        let state = StateDirectory(path: directory.path)
        return [state.database, state.database + "-wal"].reduce(0) { sum, path in
            var status = stat()
            return stat(path, &status) == 0 ? sum + Int64(status.st_size) : sum
        }
    }

    /// An answer with a field name of 55 kB once filled 55 MB with 1,000 dead letters.
    @Test func staysWithinItsBytesWhateverServersSay() throws {
        let long = String(repeating: "ü", count: 27_500)
        var verdicts = DeliveryVerdicts()
        for place in 0..<1_000 { verdicts.refused[place] = "\(place) \(long)" }
        let delivery = RecordingDelivery(
            limits: BatchLimits(events: 1_000, bytes: 1 << 21),
            outcomes: [.partial(verdicts)] + Array(repeating: .blocked("again \(long)"), count: 9))
        let errors = ErrorLog()
        let analytics = Analytics(
            configuration: Configuration.test(directory).maximumStoreSize(4 << 20).errors(to: errors))
        analytics.add(plugin: RecordingDestination(delivery))
        for number in 1...1_000 { analytics.track(name: "\(number)") }
        #expect(analytics.store(timeout: .seconds(10)) == nil)
        _ = analytics.flush(timeout: .seconds(10))
        analytics.track(name: "last")
        _ = analytics.flush(timeout: .seconds(10))
        #expect(analytics.close())

        let letters = try DeadLetters(.test(directory)).list()
        let removed = try inspect(directory) { try $0.counters.value("dropped.deadLetter") }
        #expect(letters.count > 700)
        let bytes = letters.reduce(0) { $0 + $1.reason.utf8.count + $1.body.utf8.count }
        #expect(bytes <= (4 << 20) / 10, "reasons count as well")
        #expect(letters.allSatisfy { $0.reason.utf8.count <= 256 && $0.reason.hasSuffix("…") })
        let row = try #require(try StoreStatus(.test(directory)).destinations.first)
        #expect(row.deadLettered == letters.count && row.queued >= 1)
        #expect(row.deadLettered + removed + row.queued == 1_001)
        #expect(row.lastError?.hasPrefix("again ü") == true && row.lastError?.utf8.count ?? 0 <= 256)
        #expect(size() < 4 << 20, "\(size()) bytes")
        #expect(errors.errors.allSatisfy { $0.message.utf8.count < 512 })
        #expect(try lawHolds(directory))
    }

    /// Bodies, the variants of destinations, and reasons.
    @Test func countsEverythingOfADeadLetter() throws {
        let state = StateDirectory(path: directory.path)
        try state.create()
        let store = try Store(path: state.database, limits: StoreLimits(bytes: 4 << 20, events: 1_000_000))
        try store.transaction { (_) throws(StoreError) in
            try store.destinations.add(id: 0, name: "d", key: "d", position: 4_000)
            let body = [UInt8](repeating: 0x20, count: 2)
            let variant = [UInt8](repeating: 0x20, count: 100)
            for id in Int64(1)...4_000 {
                try body.withUnsafeBufferPointer { (bytes) throws(StoreError) in
                    try store.events.add(id: id, routes: 1, priority: 1, stored: 0, body: bytes)
                }
                try variant.withUnsafeBufferPointer { (bytes) throws(StoreError) in
                    try store.events.addVariant(of: id, for: 0, body: bytes)
                }
                try store.destinations.addDeadLetter(
                    id, of: 0, reason: String(repeating: "é", count: 49), at: 0)
            }
            try store.destinations.addRouted(4_000, to: 0)
            try store.counters.add(4_000, to: CounterTable.rows)
            try store.boundDeadLetters()
        }
        // A tenth of the cap, at 200 bytes each.
        let kept = try store.connection.integer("SELECT count(*) FROM exception")
        #expect(kept * 200 <= store.limits.deadLetterBytes && kept > 1_900, "\(kept)")
    }
}
