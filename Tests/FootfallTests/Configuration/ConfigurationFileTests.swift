// SPDX-License-Identifier: MIT
import Footfall
import Testing

@Suite struct ConfigurationFileTests {
    private func read(_ text: String) throws(ConfigurationError) -> ConfigurationFile {
        try ConfigurationFile(bytes: Array(text.utf8), name: "f.json")
    }

    private func problem(_ text: String) -> String {
        do throws(ConfigurationError) {
            _ = try read(text)
            return "none"
        } catch {
            return error.description
        }
    }

    /// The lines were once counted from the beginning for each key, over 2 billion bytes in all.
    @Test(.timeLimit(.minutes(1))) func namesTheLineOfOneOf60000Keys() {
        let keys = (0..<60_000).map { "\"k\($0)\": 1" }
        let text = "{\n\"application\": {\"id\": \"a\",\n\(keys.joined(separator: ",\n"))\n}}"
        #expect(problem(text).hasPrefix("f.json:3: application.k0: this key is not known here"))
        #expect(problem("\(text.dropLast(3))?").contains("f.json:60002:"), "and of a fault at the end")
    }

    @Test func readsEveryKey() throws {
        let file = try read(
            """
            // Where the kiosk's events go.
            {
                "writeKey": "KEY", // https://not.a.comment
                "stateDirectory": "/var/lib/x",
                "application": {"id": "com.example", "name": "Kiosk", "version": "1", "build": "2"},
                "flushAt": 5,
                "flushInterval": "1.5s",
                "caFile": "/etc/ca.pem",
                "session": {"limit": "5m"},
                "destinations": [{"type": "segment"}, {"type": "file", "path": "//x"}]
            }
            """)
        #expect(file.configuration.writeKey == "KEY")
        #expect(file.configuration.stateDirectory == "/var/lib/x")
        #expect(file.configuration.application?.id == "com.example")
        #expect(file.configuration.application?.name == "Kiosk")
        #expect(file.configuration.application?.version == "1")
        #expect(file.configuration.application?.build == "2")
        #expect(file.configuration.flushAt == 5)
        #expect(file.configuration.flushInterval == .milliseconds(1_500))
        #expect(file.configuration.certificateAuthorityFile == "/etc/ca.pem")
        #expect(file.destinations?.count == 2)
        guard case .on(var session) = file.session else {
            Issue.record("no session")
            return
        }
        #expect(try session.duration("limit") == .seconds(300))
        var second = try #require(file.destinations?.last)
        #expect(try second.text("path") == "//x")
    }

    @Test func everyKeyHasADefault() throws {
        let file = try read("{}")
        #expect(file.configuration.writeKey.isEmpty)
        #expect(file.configuration.flushAt == 20)
        #expect(file.configuration.flushInterval == .seconds(30))
        #expect(file.destinations == nil)
        guard case .absent = file.session else {
            Issue.record("a session")
            return
        }
    }

    @Test func switchesSessionsOff() throws {
        guard case .off = try read(#"{"session": false}"#).session else {
            Issue.record("not off")
            return
        }
        #expect(problem(#"{"session": true}"#) == "f.json:1: session: it must be an object or false, this is boolean")
    }

    @Test func namesKeyAndLineOfWhatItDoesNotKnow() {
        #expect(
            problem("{\n  // x\n  \"writeKey\": \"K\",\n  \"flushat\": 5\n}")
                == "f.json:4: flushat: this key is not known here; did you mean \"flushAt\"?")
        #expect(
            problem("{\n\"application\": {\"id\": \"x\",\n\"label\": \"y\"}}").hasPrefix(
                "f.json:3: application.label: this key"))
    }

    @Test(arguments: [
        ("{\n\"writeKey\": 5}", "f.json:2: writeKey: it must be a text, this is number"),
        ("{\n\n\"flushAt\": \"5\"}", "f.json:3: flushAt: it must be a whole number above 0, this is text"),
        ("{\"flushAt\": 0}", "f.json:1: flushAt: it must be a whole number above 0, this is number"),
        ("{\"flushAt\": 1.5}", "f.json:1: flushAt: it must be a whole number above 0, this is number"),
        (
            "{\"flushInterval\": -1}",
            "f.json:1: flushInterval: it must be seconds or a text as 30m or 1.5s, this is number"
        ),
        (
            "{\"flushInterval\": \"5 minutes\"}",
            "f.json:1: flushInterval: 5 minutes is not a duration; it must be seconds or a text as 30m or 1.5s"
        ),
        ("{\"application\": []}", "f.json:1: application: it must be an object, this is array"),
        ("{\"application\": {}}", "f.json: application.id: it is missing"),
        ("{\"destinations\": {}}", "f.json:1: destinations: it must be an array of objects, this is object"),
        ("[]", "f.json:1: it must be a JSON object, this is array"),
    ])
    func namesKeyLineAndKind(text: String, expected: String) {
        #expect(problem(text) == expected)
    }

    @Test func namesTheLineOfAnElementOfAnArray() throws {
        #expect(problem("{\"destinations\": [\n{},\n5]}").hasPrefix("f.json"))
        let file = try read("{\"destinations\": [\n{\"type\": \"a\"},\n{\"type\": \"b\",\n\"colour\": 1}]}")
        var object = try #require(file.destinations?.last)
        _ = try object.text("type")
        let error = #expect(throws: ConfigurationError.self) { try object.finish() }
        #expect(error?.description == "f.json:4: destinations[1].colour: this key is not known here; known are type")
    }

    @Test func namesTheLineOfWhatIsNoJSON() {
        #expect(problem("{\n\"a\": 1,\n}").hasPrefix("f.json:3: "))
        #expect(problem("{\n\"flushAt\": 1e999}").hasPrefix("f.json:2: flushAt: "))
        #expect(problem("").hasPrefix("f.json:1: "))
        #expect(problem("{} {}").hasPrefix("f.json:1: "))
        #expect(problem("{\"a\": /* no */ 1}").hasPrefix("f.json:1: "))
    }

    @Test func saysThatAFileIsNotThere() {
        let error = #expect(throws: ConfigurationError.self) { try ConfigurationFile(path: "/nowhere/f.json") }
        #expect(error?.description == "/nowhere/f.json: it cannot be read (No such file or directory)")
    }

    @Test func takesNullForMissing() throws {
        #expect(try read(#"{"writeKey": null, "session": null, "destinations": null}"#).destinations == nil)
    }

    // MARK: - Units

    @Test(
        arguments: [
            ("30m", 1_800_000), ("1.5s", 1_500), ("250ms", 250), ("12h", 43_200_000), ("90d", 7_776_000_000), ("0s", 0),
            (".5s", 500), ("5", 5_000), ("0.5", 500), ("0", 0),
        ] as [(String, Int64)])
    func readsATime(text: String, milliseconds: Int64) {
        #expect(Duration(configured: text) == .milliseconds(milliseconds))
    }

    @Test(arguments: [
        "", "m", "-1s", "+1s", "1e3s", "nan s", "nans", "infs", "1 s", "1.2.3s", "0x5s", "5y", "1000000000d", ".s",
    ])
    func refusesATime(text: String) {
        #expect(Duration(configured: text) == nil)
    }

    @Test(arguments: [
        ("1024", 1_024), ("64MiB", 64 << 20), ("500kB", 500_000), ("1.5KiB", 1_536), ("2GB", 2_000_000_000), ("7B", 7),
        ("1GiB", 1 << 30), ("3MB", 3_000_000),
    ])
    func readsASize(text: String, bytes: Int) {
        #expect(ByteSize(text)?.bytes == bytes)
    }

    @Test(arguments: ["", "B", "0", "0.5", "-1", "1KB", "1kb", "1 MB", "1e3", "nan", "9999999GiB", "."])
    func refusesASize(text: String) {
        #expect(ByteSize(text) == nil)
    }

    @Test func readsSizesFromAnObject() throws {
        var object = ConfigurationObject(["a": 5, "b": "64MiB", "c": 0, "d": "x", "e": true])
        #expect(try object.size("a") == 5)
        #expect(try object.size("b") == 64 << 20)
        #expect(try object.size("z") == nil)
        for key in ["c", "d", "e"] { #expect(throws: ConfigurationError.self) { try object.size(key) } }
    }
}
