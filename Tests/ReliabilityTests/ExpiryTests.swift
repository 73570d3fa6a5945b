// SPDX-License-Identifier: MIT
import CSystem
import Footfall
import FootfallStore
import Glibc
import TestSupport
import Testing

extension Reliability {
    /// A session that expires for several processes at once.
    @Suite struct ExpiryTests {
        let folder = TemporaryDirectory()

        @Test func twoProcessesOfEightThreadsTurnASessionOnce() throws {
            let rounds = 100
            let begin = ftf_boot_nanoseconds() + 500_000_000
            let arguments = [
                "expire", "state=\(folder("state"))", "delivers=0", "limit=50", "period=100", "rounds=\(rounds)",
                "begin=\(begin)",
            ]
            let one = try ChildProcess(arguments + ["run=a"])
            let two = try ChildProcess(arguments + ["run=b"])
            for ending in [one.wait(atMost: .seconds(60)), two.wait(atMost: .seconds(60))] {
                #expect(ending.isClean && ending.value("stored") == "true", "\(ending)")
            }

            var open: Int64?
            var last: Int64 = 0
            var previous = ""
            var starts = 0
            var events = 0
            var faults: [String] = []
            try inspect(folder("state")) { store in
                try store.events.forEachUnclaimed { (id, body) throws(StoreError) in
                    guard let event = (try? JSONParser.parse(body))?.objectValue,
                        let name = event["event"]?.stringValue,
                        let session = event["integrations"]?.objectValue?["Actions Amplitude"]?.objectValue?[
                            "session_id"]?.intValue
                    else {
                        faults.append("row \(id) has no session")
                        return
                    }
                    switch name {
                    case "session_end":
                        if session != open { faults.append("row \(id) ends \(session), open is \(open ?? 0)") }
                        open = nil
                    case "session_start":
                        if open != nil { faults.append("row \(id) starts while \(open ?? 0) is open") }
                        if !previous.isEmpty, previous != "session_end" { faults.append("row \(id): not adjacent") }
                        if session <= last { faults.append("row \(id): \(session) after \(last)") }
                        (open, last) = (session, session)
                        starts += 1
                    default:
                        if session != open { faults.append("row \(id) is in \(session), open is \(open ?? 0)") }
                        events += 1
                    }
                    previous = name
                }
            }
            #expect(faults.isEmpty, "\(faults.count): \(faults.prefix(5))")
            #expect(events == 2 * 8 * rounds)
            // On a busy machine a thread that is late opens one session more, and a thread that is
            // held up for a whole round opens one less.
            #expect(starts >= rounds / 2, "\(starts) sessions: it was not what is tested")
        }
    }
}
