// SPDX-License-Identifier: MIT
import Footfall
import FootfallStore
import Glibc
import TestSupport
import Testing

extension Reliability {
    /// An app and the command read one configuration file.
    @Suite struct ConfiguredFileTests {
        let folder = TemporaryDirectory()
        private var log: String { folder("log.ndjson") }
        private var loft: String { folder("loft.ndjson") }

        private var environment: [String: String] {
            ["HOME": folder.path, "XDG_CONFIG_HOME": folder("config"), "XDG_STATE_HOME": folder("state")]
        }

        private func configure(_ plugins: String = "", _ destinations: String = "") throws {
            for name in ["config", "config/footfall"] { mkdir(folder(name), 0o700) }
            try folder.write(
                """
                {"application": {"id": "com.example.Kiosk"}, "session": false, "plugins": [\(plugins)],
                 "destinations": [{"type": "file", "path": "\(log)"}\(destinations)]}
                """, to: "config/footfall/kiosk.json")
        }

        private func command(_ arguments: String...) throws -> ProcessEnding {
            let ending = try ChildProcess.run(
                ["--profile", "kiosk"] + arguments, program: ChildProcess.command, environment: environment)
            #expect(!ending.isOverdue && ending.signal == nil, "\(ending)")
            return ending
        }

        /// What an app says, line by line.
        private func app(_ arguments: String...) throws -> [String] {
            let ending = try ChildProcess.run(["configured"] + arguments, environment: environment)
            #expect(ending.isClean, "\(ending)")
            return ending.output.split(separator: "\n").map(String.init)
        }

        private func events(in path: String) throws -> [JSONObject] {
            let text = try FileText(path).textIfThere() ?? ""
            return try text.split(separator: "\n").map {
                try #require(try JSONParser.parse(String($0)).objectValue, "\($0)")
            }
        }

        @Test func anAppAndTheCommandShareTheStoreOfAProfile() throws {
            try configure()
            #expect(try command("track", "Script").status == 0)
            #expect(try app("profile=kiosk", "count=2") == ["delivered 3", "queued 0", "closed true"])
            #expect(try events(in: log).count == 3)
            let status = try command("status", "--json")
            #expect(status.output.contains(#""name":"file","routed":3,"delivered":3"#), "\(status.output)")
        }

        /// An app keeps its events under its id; the command, which is given the file alone, under `default`.
        @Test func theCommandNamesTheStoreOfTheApplication() throws {
            try configure()
            let file = folder("config/footfall/kiosk.json")
            #expect(try app("file=\(file)", "count=1").contains("delivered 1"))
            func status(_ arguments: String...) throws -> ProcessEnding {
                try ChildProcess.run(
                    program: ChildProcess.command, ["status", "--config", file] + arguments, environment: environment,
                    errors: .file(folder("err")))
            }
            _ = try status()
            #expect(try folder.text(of: "err").contains("add --profile com.example.Kiosk to use it"))
            let found = try status("--profile", "com.example.Kiosk", "--json")
            #expect(found.output.contains(#""routed":1,"delivered":1"#), "\(found.output)")
            #expect(try folder.text(of: "err").isEmpty)
        }

        @Test func aNewerAppDeliversWhatAnOlderAppAndTheCommandStored() throws {
            try configure("", #", {"type": "pigeon", "path": "\#(loft)"}"#)
            #expect(try command("track", "Script").status == 0)
            let older = try app("profile=kiosk", "count=2")
            #expect(older.contains { $0.hasPrefix("warning ") && $0.contains("pigeon is not known") }, "\(older)")
            #expect(older.contains("delivered 3") && older.contains("queued 0"), "\(older)")
            #expect(try events(in: loft).isEmpty)
            #expect(try app("profile=kiosk", "newer", "count=1") == ["delivered 5", "queued 0", "closed true"])
            #expect(try events(in: loft).count == 4)
            #expect(try events(in: log).count == 4)
        }

        @Test func aNewerAppTakesUpWhatWaitsForAPluginThatOnlyItKnows() throws {
            try configure(#"{"type": "Stamp"}"#)
            #expect(try command("track", "Script").status == 0)
            let older = try app("profile=kiosk", "count=2")
            #expect(older.contains { $0.hasPrefix("warning ") && $0.contains("Stamp is not known") }, "\(older)")
            #expect(older.contains("delivered 0") && older.contains("queued 0"), "\(older)")
            #expect(try events(in: log).isEmpty)
            let held = HeldEvents.all(in: StateDirectory(path: folder("state/footfall/kiosk")))
            #expect(
                held.map { "\($0.source) \($0.plugin) \($0.reason) \($0.events)" } == [
                    "app:com.example.Kiosk Stamp unknown 2", "command:com.example.Kiosk Stamp unknown 1",
                ])
            let newer = try app("profile=kiosk", "newer", "count=1")
            #expect(newer == ["delivered 4", "queued 0", "closed true"])
            let events = try events(in: log)
            #expect(events.count == 4)
            for event in events { #expect(event["context"]?.objectValue?["stamp"] == true) }
            #expect(HeldEvents.all(in: StateDirectory(path: folder("state/footfall/kiosk"))).isEmpty)
        }

        /// The program could make the plugin, so nothing is unknown any more.
        @Test func whatWaitsGoesOnWithoutAPluginThatTheFileHasNoMore() throws {
            try configure(#"{"type": "Stamp"}"#)
            #expect(try app("profile=kiosk", "count=2").contains("delivered 0"))
            try configure()
            #expect(try app("profile=kiosk", "count=1").contains("delivered 1"), "an older app still waits for it")
            #expect(try app("profile=kiosk", "newer", "count=1").contains("delivered 3"))
            let events = try events(in: log)
            #expect(events.count == 4 && events.allSatisfy { $0["context"]?.objectValue?["stamp"] == nil })
        }
    }
}
