// SPDX-License-Identifier: MIT
import CSystem
import Footfall
import FootfallStore
import Glibc
import TestSupport
import Testing

extension Reliability {
    /// A host that ends in order when it gets a signal.
    @Suite struct SignalTests {
        let folder = TemporaryDirectory()

        @Test(arguments: [SIGTERM, SIGINT, SIGHUP]) func storesEverythingAndEndsByTheSignal(_ signal: Int32) throws {
            let process = try ChildProcess([
                "signal", "state=\(folder("state"))", "delivers=0", "count=100", "number=\(signal)",
            ])
            let ending = process.wait(atMost: .seconds(20))
            #expect(ending.signal == signal, "\(ending)")
            // They are in the store, not in a spool that waits for the next start.
            let stored = try inspect(folder("state")) { store in
                try store.connection.integer("SELECT count(*) FROM event WHERE CAST(body AS TEXT) LIKE '%Counted%'")
            }
            #expect(stored == 200)
        }

        @Test func anImportThatIsStoppedSaysWhereToGoOn() throws {
            let state = folder("state")
            let command = ChildProcess.command
            let process = try ChildProcess(["send", "-", "--state-dir", state], program: command)
            process.write("{\"type\":\"track\",\"event\":\"A\"}\n{\"type\":\"track\",\"event\":\"B\"}\n{\"type\":")
            // The command stores what it has when no input comes for a tenth of a second.
            let areStored = poll {
                // There is no store yet at first.
                let rows = try? inspect(state) { try $0.counters.value(CounterTable.rows) }
                return rows ?? 0 >= 3
            }
            #expect(areStored)
            kill(process.id, SIGTERM)
            let ending = process.wait(atMost: .seconds(20))
            #expect(ending.status == 75, "\(ending)")
            #expect(ending.output.contains("--from-line 3"), "\(ending.output)")
            #expect(ending.output.contains("stored 2"), "\(ending.output)")
        }

        @Test func aVisitSurvivesTheDeathOfItsProcess() throws {
            let state = folder("state")
            let ending = try ChildProcess.run(["visit", "state=\(state)", "delivers=0"])
            #expect(ending.signal == SIGKILL)
            let visitor = try #require(ending.value("visitor"))
            #expect(ending.value("installation") == "true")
            let next = try ChildProcess.run(["adopt", "state=\(state)", "delivers=0"])
            #expect(next.isClean, "\(next)")
            try inspect(state) { store in
                let owned = try store.connection.integer(
                    "SELECT count(*) FROM event WHERE CAST(body AS TEXT) LIKE '%\(visitor)%'")
                #expect(owned == 2, "the start and its event")
            }
        }
    }
}
