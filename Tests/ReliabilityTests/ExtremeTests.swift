// SPDX-License-Identifier: MIT
import CSystem
import Footfall
import FootfallStore
import Glibc
import TestSupport
import Testing

extension Reliability {
    /// Numbers that no program of ours writes, wherever a number is kept or given.
    @Suite struct ExtremeTests {
        let folder = TemporaryDirectory()
        static let values: [Int64] = [
            .min, -(1 << 53), -1, 0, 1, 62, 63, 64, 1 << 31, 1 << 53, .max - 1, .max,
        ]

        @Test func noNumberInAStoreTraps() throws {
            let seed = SplitMix64().seed
            let state = "state=\(folder("state"))"
            let left = try ChildProcess.run(["leave-extremes", state])
            #expect(left.signal == SIGKILL, "\(left.output)")
            // In memory: each case makes a store of its own, which a disk would sync.
            let work = "\(access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp")/footfall-extremes-\(getpid())"
            defer { TemporaryDirectory.remove(work) }
            mkdir(work, 0o700)
            let parts = 6
            let hosts = try (0..<parts).map { part in
                mkdir("\(work)/\(part)", 0o700)
                let host = try ChildProcess([
                    "extremes", state, "work=\(work)/\(part)", "seed=\(seed)", "part=\(part)", "parts=\(parts)",
                    "each=\(Reliability.count(short: 2, long: 12))",
                ])
                host.endInput()
                return host
            }
            var count = 0
            var trapped = 0
            for host in hosts {
                let ending = host.wait(atMost: isSoak ? .seconds(3_600) : .seconds(60))
                let last = ending.output.split(separator: "\n").last ?? ""
                #expect(ending.isClean, "signal \(ending.signal ?? 0), \(ending.isOverdue) at \(last), seed \(seed)")
                count += Int((ending.value("tried") ?? "").prefix { $0.isNumber }) ?? 0
                trapped += ending.isClean ? 0 : 1
            }
            #expect(count > 100)
            Reliability.note("22 extremes in a store", tried: count, held: count - trapped)
        }

        private static let options: [([String], String)] = [
            (["forget"], "--wait="), (["flush"], "--timeout="), (["track", "x"], "--wait="),
            (["dead-letters", "retry"], "--id="), (["dead-letters", "list"], "--id="),
        ]

        @Test func noNumberOnTheCommandLineTraps() throws {
            try folder.write(#"{"writeKey":"k","session":false}"#, to: "c.json")
            var tried = 0
            for (words, option) in Self.options {
                for value in isSoak ? Self.values : [.min, -1, .max] {
                    // The command does not wait: it has no destination to deliver to.
                    let ending = try ChildProcess.run(
                        words + ["\(option)\(value)", "--config", folder("c.json"), "--state-dir", folder("state")],
                        program: ChildProcess.command, environment: ["FOOTFALL_ENDPOINT": "http://127.0.0.1:9/"],
                        atMost: .seconds(10))
                    #expect(ending.signal == nil || ending.isOverdue, "\(words) \(option)\(value): \(ending)")
                    tried += 1
                }
            }
            Reliability.note("22 extremes on the command line", tried: tried, held: tried)
        }

        private static let keys = [
            "flushAt", "flushInterval", "monthlyBudget", "maxStoreSize", "maxStoredEvents", "maxEventAge",
        ]
        private static let others = [
            #""session":{"limit":N}"#, #""session":{"maximumLength":N}"#,
            #""destinations":[{"type":"file","path":"P","maxBytes":N}]"#,
            #""destinations":[{"type":"amplitude","apiKey":"k","settings":{"minIdLength":N}}]"#,
        ]

        @Test func noNumberInAConfigurationTraps() throws {
            var tried = 0
            let values: [Int64] = isSoak ? Self.values : [.min, .max]
            for text in Self.keys.map({ "\"\($0)\":N" }) + Self.others {
                for value in values {
                    try folder.write(
                        "{\(text.replacing("N", with: "\(value)").replacing("P", with: folder("events.ndjson")))}",
                        to: "c.json")
                    for words in isSoak
                        ? [["track", "x"], ["status"], ["doctor"], ["flush", "--timeout=0"]] : [["track", "x"]]
                    {
                        let ending = try ChildProcess.run(
                            words + ["--config", folder("c.json"), "--state-dir", folder("state")],
                            program: ChildProcess.command, atMost: .seconds(20))
                        #expect(ending.signal == nil, "\(words) with \(text), \(value): \(ending)")
                        tried += 1
                    }
                }
            }
            // The repair of a damaged store computes with the limits.
            try folder.write(#"{"session":false,"maxStoreSize":9223372036854775807}"#, to: "c.json")
            let database = open(folder("state/store.db"), O_WRONLY | O_CLOEXEC)
            _ = pwrite(database, "no database", 11, 0)
            close(database)
            for words in [["doctor"], ["track", "x"], ["status"]] {
                let ending = try ChildProcess.run(
                    words + ["--config", folder("c.json"), "--state-dir", folder("state")],
                    program: ChildProcess.command)
                #expect(ending.signal == nil, "\(words): \(ending)")
                tried += 1
            }
            Reliability.note("22 extremes in a configuration", tried: tried, held: tried)
        }
    }
}
