// SPDX-License-Identifier: MIT
import Footfall
import FootfallCollector
import Glibc
import TestSupport
import Testing

/// `check` has the exit statuses and the line of a monitoring plugin.
@Suite struct CheckCommandTests {
    let footfall = Command()

    init() { footfall.environment["FOOTFALL_SESSION"] = "off" }

    private func useClosedPort() {
        footfall.environment["FOOTFALL_ENDPOINT"] = "http://127.0.0.1:9/v1/b"
        footfall.environment["FOOTFALL_WRITE_KEY"] = "KEY"
    }

    /// Makes the stored events look as if they had been recorded so many seconds earlier.
    private func age(by seconds: Int64) throws {
        try inspect(footfall.state) {
            try $0.connection.execute("UPDATE clock SET offset = offset + \(seconds * 1_000)")
        }
    }

    @Test func isFineWhileEventsAreFresh() throws {
        useClosedPort()
        try footfall("track", "A")
        let run = try footfall("check")
        #expect(run.status == 0 && run.lines.count == 1, "\(run)")
        #expect(run.output.hasPrefix("OK: 1 event queued, the oldest for "), "\(run)")
        #expect(run.output.contains("s | queued=1 oldest="), "\(run)")
        #expect(run.output.hasSuffix("s;3600 fill=1%;80 dead=0;0\n"), "\(run)")
    }

    @Test func warnsOfAnAgedEvent() throws {
        useClosedPort()
        try footfall("track", "A")
        try age(by: 7_200)
        let run = try footfall("check")
        #expect(run.status == 1 && run.output.hasPrefix("WARNING: segment oldest 2 h | queued=1 oldest=72"), "\(run)")
        #expect(try footfall("check", "--max-age", "3h").status == 0)
        #expect(try footfall("check", "--max-age", "119m").status == 1)
    }

    @Test func isCriticalWhenADestinationIsBlocked() throws {
        let sink = try Sink(footfall) { _, _ in .status(401, body: "no | such key") }
        try footfall("track", "A", "--wait=1")
        try age(by: 7_200)
        let run = try footfall("check")
        #expect(run.status == 2 && run.output.hasPrefix("CRITICAL: segment blocked: the server answered 401"), "\(run)")
        #expect(run.output.contains("; segment oldest 2 h |"), "\(run)")
        #expect(run.output.count { $0 == "|" } == 1, "a bar begins the performance data")
        withExtendedLifetime(sink) {}
    }

    @Test func isUnknownWithoutAStore() throws {
        let run = try footfall("check")
        #expect(
            run.status == 3 && run.output.hasPrefix("UNKNOWN: \(footfall.state)/store.db: there is no store"), "\(run)")
        #expect(access(footfall.state, F_OK) != 0, "a look makes no store")
    }

    @Test func isUnknownWithWrongArgumentsAndConfigurations() throws {
        for words in [
            ["--max-age", "soon"], ["--max-fill", "much"], ["--no-such-option"], ["--config", "/nonexistent.json"],
            ["surplus"],
        ] {
            let run = try footfall.run(["check"] + words, "")
            #expect(run.status == 3 && run.output.hasPrefix("UNKNOWN: ") && run.lines.count == 1, "\(words): \(run)")
        }
        #expect(try footfall("check", "--help").status == 0)
    }

    @Test func warnsOfDeadLettersAndOfAFullStore() throws {
        useClosedPort()
        try footfall("track", "A")
        try inspect(footfall.state) { store in
            let row = try #require(try store.destinations.all().first)
            try store.destinations.addDeadLetter(1, of: row.id, reason: "refused", at: 1)
        }
        let run = try footfall("check")
        #expect(run.status == 1 && run.output.hasPrefix("WARNING: segment 1 dead letter | "), "\(run)")
        #expect(try footfall("check", "--max-dead", "1").status == 0)
        let full = try footfall("check", "--max-dead", "1", "--max-fill", "0", "--json")
        #expect(full.status == 1 && full.json?["level"] == "WARNING", "\(full)")
        #expect(full.json?["text"] == "the store is 1 % full", "\(full)")
    }

    @Test func saysThatTheUserOptedOut() throws {
        try footfall("track", "A")
        try footfall("opt-out")
        let run = try footfall("check")
        #expect(
            run.status == 0 && run.output.hasPrefix("OK: nothing is recorded, since the user opted out | "), "\(run)")
    }
}
