// SPDX-License-Identifier: MIT
import Footfall
import FootfallCollector
import FootfallJSON
import Glibc
import TestSupport
import Testing

/// What the command prints of text that others wrote.
@Suite struct ShownTests {
    let footfall = Command()

    private func expectPlain(_ run: Run, _ what: String) {
        for text in [run.output, run.talk] {
            let steering = text.unicodeScalars.filter { ShownText.isSteering($0) && $0 != "\n" }
            #expect(steering.isEmpty, "\(what): \(steering.map { String($0.value, radix: 16) })")
        }
    }

    /// Text that an argument or a file's name may be: no zero byte and no slash.
    private static func hostileText(_ random: inout SplitMix64) -> String {
        let scalars: [Unicode.Scalar] = [
            "\u{1B}", "\u{7F}", "\u{9B}", "\u{202E}", "\u{2066}", "\n", "\r", "\u{85}", "]", "[", "x", "é",
        ]
        var text = "\u{1B}]0;"
        for _ in 0..<12 { text.unicodeScalars.append(scalars.randomElement(using: &random) ?? "x") }
        return text + "\u{202E}"
    }

    @Test func noArgumentAndNoNameOfAFileSteersTheTerminal() throws {
        var random = SplitMix64()
        for _ in 0..<2 {
            let hostile = Self.hostileText(&random)
            let file = try footfall.write(hostile, "{\"type\": \"\(hostile)\"}\n{\"\u{9B}k\u{202E}\": [}\nx\n")
            let configuration = try footfall.write("c\(hostile).json", "{\"\u{202E}key\u{9B}\u{7F}\": 1}")
            let uses: [[String]] = [
                ["--\(hostile)"], [hostile], ["track"], ["track", "A", "--\(hostile)"], ["track", "A", hostile],
                ["track", "A", "\(hostile)=1", "x:=\(hostile)"], ["track", hostile, "--dry-run"],
                ["track", hostile, "--timestamp", hostile], ["track", "A", "--wait=\(hostile)"],
                ["identify", hostile, "--dry-run"], ["send", file], ["send", "/\(hostile)"],
                ["status", "--profile", "/\(hostile)"], ["status", "--config", "/\(hostile)"],
                ["status", "--config", configuration], ["track", "A", "--state-dir", "/dev/null/\(hostile)"],
                ["doctor", "--state-dir", "/dev/null/\(hostile)"],
                ["doctor", "--state-dir", "/dev/null/\(hostile)", "--json"],
                ["explain", file], ["explain", "--destination", hostile], ["dead-letters", "--destination", hostile],
                ["visitor", "end", "--reason", hostile], ["collect", "--out", "/dev/null/\(hostile)"],
                ["collect", "--cert", "/\(hostile)", "--key", file],
            ]
            for use in uses { expectPlain(try footfall.run(use, ""), "\(use)") }
        }
    }

    @Test func noServerAndNoNameInTheStoreSteersTheTerminal() throws {
        var random = SplitMix64()
        let hostile = Self.hostileText(&random).filter { $0 != "\n" && $0 != "\r" }
        let name = "a\u{9B}\u{202E}b"
        let fields: JSONObject = [hostile: [0]]
        let answer: JSONObject = [
            "code": 400, "error": .string(hostile), "events_with_invalid_fields": .object(fields),
        ]
        let refusal = answer.text
        let sink = try Sink(footfall) { path, _ in
            path == "/2/httpapi" ? .status(400, headers: [], body: refusal) : .status(401, headers: [], body: hostile)
        }
        let amplitude: JSONObject = ["type": "amplitude", "apiKey": "KEY", "baseURL": .string(sink.collector.url)]
        let webhook: JSONObject = [
            "type": "webhook", "name": .string(name), "endpoint": .string("\(sink.collector.url)/webhook"),
        ]
        let configuration: JSONObject = ["destinations": .array([.object(amplitude), .object(webhook)])]
        footfall.environment["FOOTFALL_CONFIG"] = try footfall.write("c.json", configuration.text)
        expectPlain(try footfall("track", hostile, "--wait=5"), "track")
        for use in [
            ["status"], ["status", "--json"], ["flush"], ["flush", "--verbose"], ["doctor"], ["doctor", "--json"],
            ["dead-letters"], ["dead-letters", "--json"], ["dead-letters", "export"], ["session"], ["visitor"],
        ] {
            expectPlain(try footfall.run(use, ""), "\(use)")
        }
        expectPlain(
            try footfall.run(
                ["explain"], JSONObject([("type", "track"), ("event", .string(hostile)), ("userId", "user-1")]).text),
            "explain")
        withExtendedLifetime(sink) {}
    }

    // MARK: - Secrets

    @Test func explainShowsNoKey() throws {
        footfall.environment["FOOTFALL_CONFIG"] = try footfall.write(
            "c.json",
            #"{"destinations": [{"type": "amplitude", "apiKey": "SECRET-1", "secretKey": "SECRET-2", "baseURL": "https://me:SECRET-3@example.com"}]}"#
        )
        for event in [
            #"{"type":"track","event":"A","userId":"user-1"}"#,
            #"{"type":"identify","userId":"user-1","traits":{"a":1}}"#,
            #"{"type":"alias","userId":"user-2","previousId":"user-1"}"#,
        ] {
            for form in [["explain"], ["explain", "--json"]] {
                let run = try footfall.run(form, event)
                #expect(run.status == 0 && run.output.contains("example.com"), "\(run)")
                #expect(!"\(run)".contains("SECRET"), "\(run)")
            }
        }
    }

    @Test func noErrorShowsAPassword() throws {
        footfall.environment["FOOTFALL_WRITE_KEY"] = "KEY"
        for proxy in ["http://user:SECRET-1@[bad", "user:SECRET-1@[bad", "http://user:SECRET-1@127.0.0.1:1"] {
            footfall.environment["FOOTFALL_CONFIG"] = try footfall.write(
                "c.json",
                "{\"proxy\": \"\(proxy)\", \"destinations\": [{\"type\": \"segment\", \"endpoint\": \"https://collector.invalid/v1/b\"}]}"
            )
            for use in [["track", "A", "--wait=5", "--verbose"], ["flush", "--timeout", "3"], ["status"], ["doctor"]] {
                let run = try footfall.run(use, "")
                #expect(!"\(run)".contains("SECRET"), "\(use): \(run)")
            }
        }
        for destination in [
            #"{"type": "segment", "endpoint": "http://user:SECRET-1@example.com/"}"#,
            #"{"type": "webhook", "endpoint": "ftp://user:SECRET-1@example.com/"}"#,
            #"{"type": "amplitude", "apiKey": "k", "baseURL": "http://user:SECRET-1@example.com"}"#,
            #"{"type": "amplitude", "apiKey": "k", "endpoint": "https://user:SECRET-1@example.com"}"#,
            #"{"type": "amplitude", "apiKeyVariable": "SECRET-1-in-the-wrong-place"}"#,
        ] {
            footfall.environment["FOOTFALL_CONFIG"] = try footfall.write(
                "c.json", "{\"destinations\": [\(destination)]}")
            let run = try footfall("status")
            #expect(run.status == 64 && !"\(run)".contains("SECRET"), "\(run)")
        }
        footfall.environment["FOOTFALL_CONFIG"] = nil
        footfall.environment["FOOTFALL_ENDPOINT"] = "http://user:SECRET-1@example.com"
        let run = try footfall("status")
        #expect(run.status == 64 && !"\(run)".contains("SECRET"), "\(run)")
    }

    @Test func noServersAnswerShowsTheKeyThatItRepeats() throws {
        let sink = try Sink(footfall) { _, _ in
            .status(400, headers: [], body: #"{"code":400,"error":"Invalid API key: SECRET-123"}"#)
        }
        footfall.environment["FOOTFALL_CONFIG"] = try footfall.write(
            "c.json",
            """
            {"destinations": [
              {"type": "amplitude", "apiKey": "SECRET-123", "baseURL": "\(sink.collector.url)"},
              {"type": "segment", "writeKey": "SECRET-123", "endpoint": "\(sink.collector.url)/v1/b"},
              {"type": "webhook", "endpoint": "\(sink.collector.url)/webhook", "headers": {"Authorization": "Bearer SECRET-123"}}
            ]}
            """)
        for use in [["track", "A", "--user", "user-1", "--wait=5"], ["status"], ["status", "--json"], ["doctor"]] {
            let run = try footfall.run(use, "")
            #expect(!"\(run)".contains("SECRET"), "\(use): \(run)")
        }
        #expect(try footfall("status").output.contains("Invalid API key: ***"))
    }
}
