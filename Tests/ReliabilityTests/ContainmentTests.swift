// SPDX-License-Identifier: MIT
import CSystem
import Footfall
import FootfallStore
import Glibc
import TestSupport
import Testing

extension Reliability {
    /// A plugin in which the process dies does not kill the host for ever, and no event is lost.
    @Suite struct ContainmentTests {
        let folder = TemporaryDirectory()
        private var state: String { "state=\(folder("state"))" }
        private var directory: StateDirectory { StateDirectory(path: folder("state")) }

        private func held(_ reason: SpoolHeader.Reason) -> Int {
            HeldEvents.all(in: directory).filter { $0.reason == reason }.reduce(0) { $0 + $1.events }
        }

        private func heldIds(_ reason: SpoolHeader.Reason) -> [String] {
            var found: [String] = []
            HeldEvents.forEach(in: directory) { if $1 == reason { found.append($2.messageId) } }
            return found.sorted()
        }

        private func start(_ server: Server, _ words: [String]) throws -> ProcessEnding {
            let ending = try ChildProcess.run(["plant", state, server.segment] + words)
            #expect(!ending.isOverdue, "\(ending)")
            return ending
        }

        /// Starts the host until it ends in order. Each start has a number of its own.
        ///
        /// - Returns: how often it died.
        private func startUntilItLives(
            _ server: Server, most: Int = 8, from first: Int = 0, _ words: (_ run: Int) -> [String]
        ) throws -> (deaths: Int, ending: ProcessEnding) {
            var deaths = 0
            while true {
                let ending = try start(server, words(deaths) + ["run=\(first + deaths)"])
                if ending.isClean || deaths == most { return (deaths, ending) }
                #expect(ending.signal == SIGABRT, "\(ending)")
                deaths += 1
            }
        }

        /// - Parameter runs: How many events each start tracked.
        private func expectEachOnce(
            _ server: Server, _ runs: [String: Int], without poison: Set<String> = [],
            sourceLocation: SourceLocation = #_sourceLocation
        ) throws {
            let expected = runs.flatMap { ids($0.key, $0.value) }.filter { !poison.contains($0) }.sorted()
            #expect(try server.messageIds.sorted() == expected, sourceLocation: sourceLocation)
            #expect(try lawHolds(folder("state")), sourceLocation: sourceLocation)
        }

        // MARK: - Poison

        @Test(arguments: ["before", "enrichment", "inner"])
        func aPoisonInTheFirstBatchKillsTheHostThreeTimes(_ place: String) throws {
            let server = try Server(folder)
            let (deaths, ending) = try startUntilItLives(server) {
                $0 == 0 ? ["where=\(place)", "count=10", "poison=4"] : ["where=\(place)", "count=3"]
            }
            #expect(deaths == 3)
            #expect(ending.value("queued") == "0", "\(ending)")
            try expectEachOnce(server, ["0": 10, "1": 3, "2": 3, "3": 3], without: ["0-4"])
            #expect(heldIds(.poison) == ["0-4"])
            #expect(ending.output.contains("error eventHeld"), "\(ending)")
            Reliability.note("41 poison in \(place)", tried: 1, held: 1, worst: "\(deaths) deaths")
        }

        @Test func aPoisonThatComesLaterKillsTheHostThreeTimes() throws {
            let server = try Server(folder)
            #expect(try start(server, ["run=a", "count=5"]).isClean)
            let (deaths, _) = try startUntilItLives(server) { $0 == 0 ? ["count=10", "poison=9"] : ["count=3"] }
            #expect(deaths == 3)
            try expectEachOnce(server, ["a": 5, "0": 10, "1": 3, "2": 3, "3": 3], without: ["0-9"])
        }

        @Test(arguments: ["before", "enrichment"])
        func aPoisonThatEachStartTracksAgainKillsTheHostThreeTimes(_ place: String) throws {
            let server = try Server(folder)
            let words = ["where=\(place)", "count=6", "poison=2"]
            let (deaths, ending) = try startUntilItLives(server) { _ in words }
            #expect(deaths == 3)
            #expect(ending.value("queued") == "0", "\(ending)")
            #expect(try start(server, words + ["run=4"]).isClean)
            #expect(heldIds(.poison) == ["0-2"], "only what processes died at twice")
            let runs = Dictionary(uniqueKeysWithValues: (0...4).map { ("\($0)", 6) })
            if place == "before" {
                // It must not pass the plugin by.
                #expect(heldIds(.off) == ["1-2", "2-2", "3-2", "4-2"])
                let back = try start(server, ["where=\(place)", "mended", "count=0", "later=86400"])
                #expect(back.isClean && back.value("queued") == "0", "\(back)")
            }
            #expect(held(.off) == 0)
            try expectEachOnce(server, runs, without: ["0-2"])
            Reliability.note("41 poison at each start, \(place)", tried: 1, held: 1, worst: "\(deaths) deaths")
        }

        @Test func retryRunsThePoisonAgain() throws {
            let server = try Server(folder)
            _ = try startUntilItLives(server) { $0 == 0 ? ["count=10", "poison=4"] : ["count=0"] }
            #expect(heldIds(.poison) == ["0-4"])
            try retry()
            #expect(held(.poison) == 0 && held(.retry) == 1)
            // It is mended.
            #expect(try start(server, ["count=0", "mended"]).isClean)
            #expect(HeldEvents.all(in: directory).isEmpty)
            try expectEachOnce(server, ["0": 10])
        }

        @Test(arguments: ["before", "enrichment"])
        func retryOfWhatStillKillsIsPoisonAgain(_ place: String) throws {
            let server = try Server(folder)
            let place = "where=\(place)"
            _ = try startUntilItLives(server) { $0 == 0 ? [place, "count=10", "poison=4"] : [place, "count=0"] }
            try retry()
            // The deaths are forgotten: the plugin is not switched off for those before.
            let (deaths, _) = try startUntilItLives(server) { _ in [place, "count=0"] }
            #expect(deaths == 2)
            #expect(heldIds(.poison) == ["0-4"] && held(.retry) == 0)
            try expectEachOnce(server, ["0": 10], without: ["0-4"])
        }

        @Test(arguments: ["before", "enrichment"])
        func retryOfWhatSwitchesThePluginOffLosesNothing(_ place: String) throws {
            let server = try Server(folder)
            let place = "where=\(place)"
            _ = try startUntilItLives(server) { $0 == 0 ? [place, "count=10", "poison=4"] : [place, "count=0"] }
            _ = try startUntilItLives(server, from: 9) {
                [place, "later=86401"] + ($0 == 0 ? ["count=10", "poison=2"] : ["count=0"])
            }
            #expect(heldIds(.poison) == ["0-4", "9-2"])
            try retry()
            // Two deaths at one event, and the third at the other one.
            let (deaths, ending) = try startUntilItLives(server) { _ in [place, "count=0", "later=86401"] }
            #expect(deaths == 3)
            #expect(ending.output.contains("error pluginOff"), "\(ending)")
            #expect(held(.poison) == 1 && held(.retry) == 1)
            try retry()
            let back = try start(server, [place, "mended", "count=0", "later=86401"])
            #expect(back.isClean && back.value("queued") == "0", "\(back)")
            #expect(HeldEvents.all(in: directory).isEmpty)
            try expectEachOnce(server, ["0": 10, "9": 10])
        }

        // MARK: - Off

        @Test(arguments: ["configure", "start", "after", "hook", "timer", "application"])
        func aPluginThatDiesElsewhereIsSwitchedOff(_ place: String) throws {
            let server = try Server(folder)
            let (deaths, ending) = try startUntilItLives(server) { _ in ["where=\(place)", "count=4", "poison=1"] }
            #expect(ending.isClean, "\(ending)")
            // No process knows of the first death; it makes the next one mark its calls. Three marked deaths are enough.
            #expect(deaths == 4)
            #expect(ending.output.contains("error pluginOff"), "\(ending)")
            let poison = Set(heldIds(.poison))
            let runs = Dictionary(uniqueKeysWithValues: (0...deaths).map { ("\($0)", 4) })
            let arrived = try server.messageIds.filter { $0.utf8.count < 20 }.sorted()
            let expected = runs.flatMap { ids($0.key, $0.value) }.filter { !poison.contains($0) }.sorted()
            #expect(arrived == expected)
            Reliability.note("41 death in \(place)", tried: 1, held: 1, worst: "\(deaths) deaths")
        }

        @Test func eventsWaitForAPluginThatIsOff() throws {
            let server = try Server(folder)
            let (deaths, ending) = try startUntilItLives(server) { _ in ["where=before", "every", "count=4"] }
            #expect(ending.isClean && deaths <= 4, "\(deaths) \(ending)")
            #expect(try server.messageIds.isEmpty)
            // A day later it is back, and mended.
            let poison = Set(heldIds(.poison))
            #expect(held(.off) + poison.count == (deaths + 1) * 4)
            let back = try start(server, ["where=before", "mended", "count=2", "run=back", "later=86400"])
            #expect(back.isClean && back.value("queued") == "0", "\(back)")
            var runs = Dictionary(uniqueKeysWithValues: (0...deaths).map { ("\($0)", 4) })
            runs["back"] = 2
            try expectEachOnce(server, runs, without: poison)
            #expect(try server.lines.allSatisfy { $0.contains(#""planted":"Plant""#) }, "it saw each of them")
            let order = try server.messageIds
            #expect(order.suffix(2) == ["back-0", "back-1"])
            for run in 0...deaths {
                let own = order.filter { $0.hasPrefix("\(run)-") }
                #expect(own == own.sorted())
            }
        }

        @Test func eventsPassAPluginThatIsOff() throws {
            let server = try Server(folder)
            let (deaths, ending) = try startUntilItLives(server) { _ in ["where=enrichment", "every", "count=4"] }
            #expect(ending.isClean && deaths <= 4, "\(deaths) \(ending)")
            let poison = Set(heldIds(.poison))
            try expectEachOnce(
                server, Dictionary(uniqueKeysWithValues: (0...deaths).map { ("\($0)", 4) }), without: poison)
            #expect(try server.lines.allSatisfy { !$0.contains("planted") })
            let back = try start(server, ["mended", "count=1", "run=back", "later=86400"])
            #expect(back.isClean, "\(back)")
            #expect(try server.lines.last?.contains("planted") == true)
        }

        // MARK: - Kills that are not the plugin's fault

        @Test(.timeLimit(.minutes(10)), arguments: ["one plugin", "other names"])
        func aKillAtAnyMomentLosesNothing(_ how: String) throws {
            let runs = Reliability.count(short: 40, long: 300)
            var random = SplitMix64()
            let server = try Server(folder)
            let log = folder("log")
            var called: [String] = []
            var underWay: Set<String> = []
            for run in 0..<runs {
                // With another name at each start no plugin is switched off.
                let name = how == "one plugin" ? "Slow" : "Slow\(run)"
                let ending = try ChildProcess.run([
                    "plant", state, server.segment, "delivers=0", "work=50", "run=\(run)", "count=6",
                    "name=\(name)", "log=\(log)", "note=\(folder("note"))", "mended",
                    "killAfter=\(Int.random(in: 10_000..<340_000, using: &random))",
                ])
                #expect(ending.signal == SIGKILL || ending.isClean, "\(ending)")
                let count = try notedNumber(folder("note"))
                unlink(folder("note"))
                called += ids("\(run)", count)
                if count < 6 { underWay.insert("\(run)-\(count)") }
            }
            let last = try start(server, ["count=0", "mended", "work=1", "name=Quick"])
            #expect(last.isClean && last.value("queued") == "0", "\(last)")
            let poison = heldIds(.poison)
            let arrived = try server.messageIds
            #expect(Set(arrived).count == arrived.count, "seed \(random.seed): doubled")
            let found = Set(arrived).union(poison)
            #expect(Set(called).subtracting(found).isEmpty, "seed \(random.seed): lost")
            #expect(found.subtracting(called).isSubset(of: underWay), "seed \(random.seed)")
            #expect(arrived.count + poison.count == found.count)
            let struck = try struckTwice(log)
            #expect(Set(poison).isSubset(of: struck), "seed \(random.seed): \(Set(poison).subtracting(struck))")
            try retry()
            #expect(try start(server, ["count=0", "mended", "name=Quick"]).isClean)
            #expect(HeldEvents.all(in: directory).isEmpty)
            #expect(try Set(server.messageIds).isSuperset(of: called))
            #expect(try server.messageIds.count == found.count)
            Reliability.note(
                "41 kill -9 in a slow plugin, \(how)", tried: runs, held: runs,
                worst: "\(called.count) called, \(poison.count) in quarantine, \(struck.count) struck twice")
        }

        @Test(.timeLimit(.minutes(10))) func aRandomHistoryLosesNothing() throws {
            var random = SplitMix64()
            let server = try Server(folder)
            var called: Set<String> = []
            var underWay: Set<String> = []
            var later = 0
            let runs = Reliability.count(short: 25, long: 500)
            func oneOf(_ count: Int) -> Bool { Int.random(in: 0..<count, using: &random) == 0 }
            for run in 0..<runs {
                var words = [
                    "plant", state, "delivers=0", "run=\(run)", "count=4", "note=\(folder("note"))", "later=\(later)",
                    "where=\(["before", "enrichment", "none"][Int.random(in: 0..<3, using: &random)])",
                    "policy=\(oneOf(2) ? "hold" : "pass")", "name=\(oneOf(3) ? "Other" : "Plant")", server.segment,
                ]
                if oneOf(2) { words.append("poison=\(Int.random(in: 0..<4, using: &random))") }
                if oneOf(6) { words.append("every") }
                if oneOf(4) { words.append("mended") }
                if oneOf(4) { words.append("killAfter=\(Int.random(in: 5_000..<80_000, using: &random))") }
                let ending = try ChildProcess.run(words)
                #expect(!ending.isOverdue, "seed \(random.seed): \(ending)")
                let count = try notedNumber(folder("note"))
                unlink(folder("note"))
                called.formUnion(ids("\(run)", count))
                if count < 4 { underWay.insert("\(run)-\(count)") }
                if oneOf(6) { try retry() }
                later += Int.random(in: 0..<20_000, using: &random)
            }
            // What the last run left may be found to be poison only now.
            for _ in 0..<2 {
                for name in ["Plant", "Other", "Plant"] {
                    let last = try start(
                        server, ["count=0", "mended", "where=before", "name=\(name)", "later=\(later + 200_000)"])
                    #expect(last.isClean && last.value("queued") == "0", "seed \(random.seed): \(last)")
                }
                try retry()
            }
            #expect(held(.retry) == 0, "seed \(random.seed)")
            #expect(HeldEvents.all(in: directory).isEmpty, "seed \(random.seed)")
            let arrived = try server.messageIds
            #expect(Set(arrived).count == arrived.count, "seed \(random.seed): doubled")
            #expect(called.subtracting(arrived).isEmpty, "seed \(random.seed): lost")
            #expect(Set(arrived).subtracting(called).isSubset(of: underWay), "seed \(random.seed)")
            #expect(try lawHolds(folder("state")), "seed \(random.seed)")
            Reliability.note(
                "41 random history of traps, kills and retries", tried: runs, held: runs,
                worst: "\(called.count) called, \(arrived.count) arrived")
        }

        private func retry() throws {
            let ending = try ChildProcess.run(
                ["dead-letters", "retry", "--state-dir", folder("state")], program: ChildProcess.command)
            #expect(ending.isClean, "\(ending)")
        }

        /// The events that a plugin entered and did not leave at least twice.
        private func struckTwice(_ log: String) throws -> Set<String> {
            var open: [String: Int] = [:]
            for line in try FileText(log).text().split(separator: "\n") {
                let words = line.split(separator: " ").map(String.init)
                open[words[1], default: 0] += words[0] == "entered" ? 1 : -1
            }
            return Set(open.filter { $0.value >= 2 }.keys)
        }

        @Test func anExitInOrderIsNoDeathInAPlugin() throws {
            let server = try Server(folder)
            let killed = try start(server, ["count=3", "work=400", "mended", "run=k", "killAfter=300000"])
            #expect(killed.signal == SIGKILL)
            for run in 0..<4 {
                let left = try start(server, ["count=1", "work=400", "mended", "run=\(run)", "exitAfter=200000"])
                #expect(left.isClean, "\(left)")
            }
            #expect(PluginDeaths.all(in: directory).isEmpty)
            #expect(try start(server, ["count=0", "mended"]).isClean)
            #expect(heldIds(.poison).isEmpty)
            try expectEachOnce(server, ["k": 3, "0": 1, "1": 1, "2": 1, "3": 1])
        }

        // MARK: - Others on the store

        @Test func onlyOneProcessTakesHeldEventsUp() throws {
            let server = try Server(folder)
            let (deaths, _) = try startUntilItLives(server) { _ in ["where=before", "every", "count=20"] }
            let words = ["plant", state, server.segment, "where=before", "mended", "count=0", "later=86400"]
            let processes = try (0..<4).map { _ in try ChildProcess(words) }
            for process in processes { process.endInput() }
            for process in processes { #expect(process.wait(atMost: .seconds(60)).isClean) }
            #expect(held(.off) == 0)
            try expectEachOnce(
                server, Dictionary(uniqueKeysWithValues: (0...deaths).map { ("\($0)", 20) }),
                without: Set(heldIds(.poison)))
        }

        @Test func aForkAfterAnUncleanEndLosesNothing() throws {
            let server = try Server(folder)
            let killed = try start(server, ["count=10", "poison=4"])
            #expect(killed.signal == SIGABRT)
            let (deaths, ending) = try startUntilItLives(server) { _ in ["count=3", "fork"] }
            #expect(deaths == 2)
            #expect(ending.value("child") == "0", "\(ending)")
            // A start that died may have forked before.
            let arrived = try server.messageIds
            #expect(Set(arrived).count == arrived.count)
            #expect(Set(arrived).isSuperset(of: ids("child2", 5) + ids("2", 3)))
            #expect(heldIds(.poison) == ["run-4"])
        }

        @Test func aPoisonThatCannotBeHeldStaysInItsSpool() throws {
            let server = try Server(folder)
            for run in 0..<3 {
                let ending = try start(
                    server, run == 0 ? ["run=0", "count=10", "poison=4"] : ["run=\(run)", "count=1"])
                #expect(ending.signal == SIGABRT, "\(ending)")
                // No directory can be made in its place.
                TemporaryDirectory.remove(folder("state/held"))
                _ = try folder.write("", to: "state/held")
            }
            let ending = try start(server, ["run=3", "count=1"])
            #expect(ending.isClean, "\(ending)")
            #expect(ending.output.contains("error storeUnavailable"), "\(ending)")
            unlink(folder("state/held"))
            #expect(try start(server, ["run=4", "count=1"]).isClean)
            #expect(heldIds(.poison) == ["0-4"])
            try expectEachOnce(server, ["0": 10, "1": 1, "2": 1, "3": 1, "4": 1], without: ["0-4"])
        }

        @Test func anOptOutLeavesNothing() throws {
            let server = try Server(folder)
            _ = try startUntilItLives(server) { $0 == 0 ? ["count=10", "poison=4"] : ["count=0"] }
            _ = try startUntilItLives(server) { _ in ["where=before", "name=Other", "every", "count=4"] }
            #expect(held(.poison) > 0 && held(.off) > 0)
            #expect(!(try folder.files(with: "Counted", below: "state/held")).isEmpty)
            let out = try ChildProcess.run(["opt-out", "--state-dir", folder("state")], program: ChildProcess.command)
            #expect(out.isClean, "\(out)")
            #expect(try folder.files(with: "Counted", below: "state/held").isEmpty)
            #expect(try folder.files(below: "state").allSatisfy { !$0.hasSuffix(".strikes") })
            #expect(HeldEvents.all(in: directory).isEmpty)
        }

        @Test func anOptOutReachesAProcessThatHolds() throws {
            let server = try Server(folder)
            _ = try startUntilItLives(server) { _ in ["where=before", "every", "count=4"] }
            let others = held(.off)
            let host = try ChildProcess([
                "plant", state, server.segment, "where=before", "every", "count=4", "wait", "late=3",
            ])
            #expect(poll(atMost: .seconds(20)) { held(.off) == others + 4 })
            let out = try ChildProcess.run(["opt-out", "--state-dir", folder("state")], program: ChildProcess.command)
            #expect(out.isClean, "\(out)")
            #expect(try folder.files(with: "Counted", below: "state").isEmpty)
            // It hears of the opt-out, so that its next events are dropped, not held.
            host.endInput()
            let ending = host.wait(atMost: .seconds(60))
            #expect(ending.isClean, "\(ending)")
            #expect(ending.value("dropped")?.contains("optedOut=3") == true, "\(ending)")
            #expect(try folder.files(with: "Counted", below: "state").isEmpty)
        }
    }
}
