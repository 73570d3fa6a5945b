// SPDX-License-Identifier: MIT
import Footfall
import FootfallCollector
import FootfallStore
import TestSupport
import Testing

extension Reliability {
    /// A server may be out of order for a month.
    @Suite struct ThirtyDaysTests {
        let folder = TemporaryDirectory()

        private static let days = 30
        private static let daySeconds = 86_400
        /// Between two attempts there are seven and a half minutes at least, once the
        /// delays have grown; after each start they grow anew.
        private static let attemptsADay = daySeconds / 450
        private static let attemptsWhileGrowing = 15

        /// What the server does on a day, and how long a host waits for it.
        private func fault(_ day: Int) -> (answer: CollectorAnswer, patience: Int) {
            switch day % 4 {
            case 0: (.status(503), 5_000)
            case 1: (.closeWithoutAnswer, 5_000)
            case 2: (.status(503, headers: [("Retry-After", "7200")]), 5_000)
            default: (.neverAnswer, 20)
            }
        }

        @Test func deliversAllInOrderAfterThirtyDaysOfFaults() throws {
            let server = try FaultyServer()
            let host = try SimulatedHost([
                "state=\(folder("state"))", server.segment, server.webhook, "flushAt=20", "interval=1000",
            ])
            let perDay = Reliability.count(short: 12, long: 100)
            let paths = [FaultyServer.segmentPath, FaultyServer.webhookPath]
            var most = 0
            var fewest = Int.max
            for day in 0..<Self.days {
                let (answer, patience) = fault(day)
                server.become(answer)
                let before = paths.map(server.requests)
                // It starts twice on a day at most.
                let limit = Self.attemptsADay + 3 * Self.attemptsWhileGrowing
                // Some days are looked at closely, and each in the long form.
                let isClose = isSoak || day < 2
                let step = isClose ? 300 : 7_200
                for moment in stride(from: 0, to: Self.daySeconds, by: step) {
                    if moment == 0 || moment == Self.daySeconds / 2 {
                        let half = perDay / 2
                        try host.track("month", day * perDay + (moment == 0 ? 0 : half), half, bytes: 300)
                        // What is only in the spool survives as well.
                        if day % 5 == 3, moment > 0 { try host.kill() }
                    }
                    // One day the real time-out ends a request; on the other days the server
                    // cuts requests off.
                    let isLong = isSoak && day == 3 && moment == 0
                    let isStored = try host.advance(step, patience: isLong ? 40_000 : patience)
                    #expect(isStored == true, "day \(day)")
                    if day % 4 == 3 { try server.restart() }
                    // One that leaves the server no peace does so for ever: enough is seen.
                    for (path, before) in zip(paths, before) {
                        let attempts = server.requests(path) - before
                        try #require(attempts <= limit, "\(path), day \(day): \(attempts) attempts")
                    }
                }
                if day % 7 == 4 { try host.restart() }
                for (path, before) in zip(paths, before) {
                    let attempts = server.requests(path) - before
                    most = max(most, attempts)
                    if isClose, day % 4 < 2 { fewest = min(fewest, attempts) }
                }
            }
            // It does not give up, either: 15 minutes at most, looked at every five.
            #expect(fewest >= Self.daySeconds / 1_200, "\(fewest) attempts on a day")
            let attempts = paths.map(server.requests)
            #expect(paths.allSatisfy { server.taken($0).order.isEmpty })

            server.become(.accept)
            let expected = ids("month", Self.days * perDay)
            for _ in 0..<30 where paths.contains(where: { server.taken($0).ids.count < expected.count }) {
                try host.advance(900)
            }
            try host.advance(900)
            try host.end()
            for path in paths {
                let taken = server.taken(path)
                let order = taken.order.filter { $0.hasPrefix("month-") }
                #expect(order == expected, "\(path): \(order.count) of \(expected.count), each once and in order")
                #expect(taken.repeated == 0, "\(path): \(taken.repeated) came again")
            }
            let ledger = try Ledger(folder("state"))
            #expect(ledger.isWhole && ledger.queued == 0 && ledger.dropped == 0, "\(ledger)")
            #expect(try lawHolds(folder("state")))
            let whole = paths.count { server.taken($0).order.filter { $0.hasPrefix("month-") } == expected }
            Reliability.note(
                "4 thirty days of faults", tried: expected.count * paths.count, held: expected.count * whole,
                worst: "\(attempts.map(String.init).joined(separator: " and ")) attempts, \(most) on a day at most, "
                    + "\(host.kills) kills, \(host.starts) starts; difference \(ledger.difference)")
        }
    }
}
