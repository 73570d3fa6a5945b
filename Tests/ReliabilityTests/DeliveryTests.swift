// SPDX-License-Identifier: MIT
import Footfall
import FootfallStore
import Glibc
import TestSupport
import Testing

extension Reliability {
    /// What arrives at a server, and what stays when it cannot be delivered.
    @Suite struct DeliveryTests {
        let folder = TemporaryDirectory()
        var state: String { "state=\(folder("state"))" }

        @Test func deliversOverHTTPSToAnAuthorityThatIsTrusted() throws {
            let certificate = try Certificate(folder)
            let server = try Server(folder, certificate: certificate.pem)
            let ending = try ChildProcess.run(
                ["deliver", state, server.segment, server.webhook, certificate.authority, "count=10"])
            #expect(ending.isClean && ending.value("queued") == "0", "\(ending.output)")
            let found = try server.messageIds.filter { $0.hasPrefix("deliver-") }
            #expect(found.sorted() == (ids("deliver", 10) + ids("deliver", 10)).sorted(), "once for each destination")
        }

        @Test(arguments: ["unknown authority", "wrong name"])
        func deliversNothingToAServerThatIsNotTrusted(_ why: String) throws {
            let isWrongName = why == "wrong name"
            let certificate = try Certificate(folder, names: isWrongName ? "DNS:other.example" : "IP:127.0.0.1")
            let server = try Server(folder, certificate: certificate.pem)
            let ending = try ChildProcess.run(
                ["deliver", state, server.segment, server.webhook, "count=10", "wait=1500"]
                    + (isWrongName ? [certificate.authority] : []))
            #expect(ending.isClean, "\(ending)")
            #expect(ending.value("error") != nil, "it says so: \(ending.output)")
            #expect(server.collector.statistics.events == 0)
            #expect(try server.text.isEmpty)
            let rows = try inspect(folder("state")) { try $0.destinations.all() }
            #expect(rows.count == 2)
            for row in rows {
                #expect(row.queued >= 10 && row.delivered == 0 && row.dropped == 0 && row.deadLettered == 0, "\(row)")
                let retry = row.retry ?? ""
                #expect(retry.contains(#""waiting""#) || retry.contains(#""blocked""#), "\(retry)")
            }
            #expect(try lawHolds(folder("state")))
        }

        @Test func writesNumbersOnTheWireAsTheyCameIn() throws {
            let server = try Server(folder)
            let json =
                #"{"a":1790000000123,"b":9007199254740993,"c":18446744073709551615,"d":1.5,"e":0.1000000000000000055,"f":true}"#
            let ending = try ChildProcess.run(["numbers", state, server.segment, "json=\(json)"])
            #expect(ending.isClean && ending.value("queued") == "0", "\(ending.output)")
            let text = try server.text
            #expect(text.contains(#""properties":\#(json)"#), "\(text)")

            // The spool's binary form keeps them as well.
            let killed = try ChildProcess.run(["kill", state, server.segment, "count=0", "hold"])
            #expect(killed.signal == SIGKILL)
        }

        @Test func deliversFromAHostWhoseMainThreadIsBlocked() throws {
            let server = try Server(folder)
            let process = try ChildProcess(["block", state, server.segment, "flushAt=50", "interval=200", "count=250"])
            // 8 × 250, and the session's start.
            #expect(server.waitForEvents(2_001, atMost: .seconds(30)))
            process.endInput()
            let ending = process.wait(atMost: .seconds(40))
            #expect(ending.isClean && ending.value("closed") == "true", "\(ending)")
            let found = try server.messageIds
            let tally = try server.tally(Dictionary(uniqueKeysWithValues: (0..<8).map { ("t\($0)", 250) }))
            #expect(tally.isWhole, "\(tally)")
            for thread in 0..<8 {
                #expect(found.filter { $0.hasPrefix("t\(thread)-") } == ids("t\(thread)", 250), "in their order")
            }
        }

        @Test func twoProcessesShareAStore() throws {
            let server = try Server(folder)
            let arguments = ["deliver", state, server.segment, server.webhook, "flushAt=50", "count=500"]
            let one = try ChildProcess(arguments + ["run=one"])
            let two = try ChildProcess(arguments + ["run=two"])
            let endings = [one.wait(atMost: .seconds(60)), two.wait(atMost: .seconds(60))]
            for ending in endings { #expect(ending.isClean, "\(ending)") }

            let rest = try ChildProcess.run(["deliver", state, server.segment, server.webhook])
            #expect(rest.isClean && rest.value("queued") == "0", "\(rest.output)")
            // Each destination gets each event once.
            let found = try server.messageIds
            let expected = (ids("one", 500) + ids("two", 500))
            var counts: [String: Int] = [:]
            for id in found { counts[id, default: 0] += 1 }
            #expect(expected.allSatisfy { counts[$0] == 2 }, "\(expected.filter { counts[$0] != 2 }.prefix(5))")
            #expect(counts.keys.filter { $0.hasPrefix("one-") || $0.hasPrefix("two-") }.count == 1_000)
            #expect(try lawHolds(folder("state")))
            let rows = try inspect(folder("state")) { try $0.destinations.all() }
            for row in rows {
                #expect(row.routed >= 1_000 && row.routed == row.delivered, "\(row)")
            }
        }

        @Test(arguments: [true, false]) func storesWithoutLibcurl(_ isByPath: Bool) throws {
            let server = try Server(folder)
            for name in ["libcurl.so.4", "libcurl-gnutls.so.4"] { try folder.write("", to: name) }
            let environment = isByPath ? ["LD_LIBRARY_PATH": folder.path] : ["FOOTFALL_LIBCURL": "/nonexistent"]
            let ending = try ChildProcess.run(
                ["deliver", state, server.segment, "count=100", "wait=20000"], environment: environment)
            #expect(ending.isClean, "\(ending)")
            #expect(ending.value("error transportUnavailable") != nil, "\(ending.output)")
            #expect(ending.value("blocked") == "true", "\(ending.output)")
            #expect(try server.text.isEmpty)

            let rest = try ChildProcess.run(["deliver", state, server.segment])
            #expect(rest.isClean && rest.value("queued") == "0", "\(rest.output)")
            let tally = try server.tally(["deliver": 100])
            #expect(tally.isWhole, "\(tally)")
        }
    }
}
