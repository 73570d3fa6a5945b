// SPDX-License-Identifier: MIT
import Footfall
import FootfallStore
import Glibc
import TestSupport
import Testing

extension Reliability {
    /// The host may exit at any moment.
    @Suite struct ExitTests {
        let folder = TemporaryDirectory()

        @Test func exitsCleanlyInTheMiddleOfTLSHandshakes() throws {
            let certificate = try Certificate(folder)
            let server = try Server(folder, certificate: certificate.pem)
            let silent = try Listener(.neverAnswers)
            let wrong = try Listener(.answersWrongly(after: .milliseconds(3)))
            let servers = [server.segment, silent.segment, server.segment, wrong.segment]
            // As long as a whole delivery takes on this machine, so that the exits fall on every part of it.
            let whole = try ChildProcess.run(
                ["deliver", "state=\(folder("whole"))", server.segment, certificate.authority, "count=1"])
            #expect(whole.isClean && whole.value("queued") == "0", "\(whole)")
            let span = Int(max(whole.duration.nanoseconds / 1_000, 30_000))
            let failures = Guarded<[String]>([])
            let folder = folder
            onThreads(4) { slot in
                for run in 0..<125 {
                    let delay = (run * 4 + slot) * 7_919 % span
                    let ending = try? ChildProcess.run(
                        [
                            "leave", "state=\(folder("state\(slot)"))", servers[slot], certificate.authority,
                            "run=\(slot)-\(run)", "delay=\(delay)",
                        ] + (run.isMultiple(of: 2) ? ["exit"] : []), atMost: .seconds(20))
                    if ending?.isClean != true {
                        failures.read {
                            $0.append("slot \(slot) run \(run) delay \(delay): \(String(describing: ending))")
                        }
                    }
                }
            }
            #expect(
                failures.current.isEmpty, "\(failures.current.count) of 500 ended badly: \(failures.current.prefix(5))")
            // Otherwise no exit fell into a handshake.
            #expect(silent.accepted > 20 && wrong.accepted > 20, "\(silent.accepted), \(wrong.accepted)")
            #expect(server.collector.statistics.requests > 20)

            for slot in 0..<4 {
                let rest = try ChildProcess.run(
                    ["deliver", "state=\(folder("state\(slot)"))", server.segment, certificate.authority])
                #expect(rest.isClean && rest.value("queued") == "0", "\(rest.output)")
            }
            let runs = (0..<4).flatMap { slot in (0..<125).map { ("\(slot)-\($0)", 1) } }
            let tally = try server.tally(Dictionary(uniqueKeysWithValues: runs))
            #expect(tally.lost.isEmpty, "\(tally)")
        }

        @Test(arguments: [true, false]) func exitsSoonWhileOffline(_ isSilent: Bool) throws {
            let silent = try Listener(.neverAnswers)
            let url = isSilent ? silent.segment : "segment=https://127.0.0.1:1/v1/b"
            for delay in [0, 5_000, 50_000] {
                let ending = try ChildProcess.run(
                    ["leave", "state=\(folder("state"))", url, "delay=\(delay)"], atMost: .seconds(20))
                // A request without an answer lasts 30 seconds.
                #expect(ending.isClean, "\(ending)")
            }
        }
    }
}
