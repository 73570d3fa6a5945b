// SPDX-License-Identifier: MIT
import Footfall
import Glibc
import TestSupport
import Testing

@Suite struct StatusCommandTests {
    let footfall = Command()

    /// What `status` and `doctor` say when the next attempt is at a time.
    private func attempt(at time: String) throws -> (json: JSON?, text: String, doctor: String) {
        try inspect(footfall.state) { store in
            for row in try store.destinations.all() {
                let record: JSONObject = [
                    "state": "retrying", "nextAttempt": .string(time), "isDemanded": false, "failures": 3,
                    "lastError": "the server answered 503",
                ]
                try store.destinations.setRetry(record.text, of: row.id)
            }
        }
        let json = try footfall("status", "--json").json?["destinations"]?.arrayValue?.first?.objectValue
        return (
            json?["nextAttempt"], try footfall("status").output, try footfall("doctor").output
        )
    }

    @Test func showsTheNextAttemptOnlyWhileItIsAhead() throws {
        let sink = try Sink(footfall) { _, _ in .status(503) }
        try footfall("track", "A", "--wait=0")

        let ahead = try attempt(at: "2999-01-01T00:00:00.000Z")
        #expect(ahead.json == "2999-01-01T00:00:00.000Z")
        #expect(ahead.text.contains(" retrying  in "), "\(ahead.text)")
        #expect(ahead.text.contains("\nwhy        segment: the server answered 503\n"), "\(ahead.text)")
        #expect(ahead.doctor.contains("the next attempt waits: the server answered 503; 2 events queued"))

        let past = try attempt(at: "2026-01-01T00:00:00.000Z")
        #expect(past.json == .null)
        #expect(past.text.contains(" retrying  now\n"), "\(past.text)")
        #expect(past.doctor.contains("the next attempt is due: the server answered 503; 2 events queued"))
        withExtendedLifetime(sink) {}
    }

    @Test func saysThatNothingIsRecordedAfterAnOptOut() throws {
        // The line, and what the JSON has.
        func consent() throws -> String {
            let line = try footfall("status").lines.first { $0.hasPrefix("consent") } ?? "no line"
            var json = try #require(try footfall("status", "--json").json?["consent"]?.objectValue)
            let isSince = json["since"] != .null
            json["since"] = nil
            return "\(line) \(json.text)\(isSince ? " since then" : "")"
        }
        let recorded = #"consent    events are recorded {"isOptedOut":false,"state":"granted"}"#
        try footfall("track", "A")
        #expect(try consent() == recorded)
        try footfall("opt-out")
        #expect(
            try consent()
                == #"consent    the user opted out; footfall opt-in records again {"isOptedOut":true,"state":"denied"} since then"#
        )
        footfall.environment["DO_NOT_TRACK"] = "1"
        let both = "consent    the user opted out, and DO_NOT_TRACK is set; unset it to record events"
        #expect(try consent() == #"\#(both) {"isOptedOut":true,"state":"denied"} since then"#)
        footfall.environment["DO_NOT_TRACK"] = nil
        try footfall("opt-in")
        #expect(try consent() == recorded)
        footfall.environment["DO_NOT_TRACK"] = "1"
        #expect(
            try consent()
                == #"consent    DO_NOT_TRACK is set; unset it to record events {"isOptedOut":true,"state":"denied"}"#)
    }

    @Test func saysThatTheOptOutCannotBeRead() throws {
        try footfall("track", "A")
        // A link to itself cannot be opened by any user.
        #expect(symlink("opted-out", "\(footfall.state)/opted-out") == 0)
        let run = try footfall("status")
        #expect(run.status == 73 && run.talk.contains("/opted-out: it is a symbolic link; remove it"), "\(run)")
    }

    @Test(arguments: [true, false])
    func promisesNoAttemptForADestinationThatIsNotDeliveredTo(_ isDisabled: Bool) throws {
        func configure(_ destinations: String) throws {
            footfall.environment["FOOTFALL_CONFIG"] = try footfall.write(
                "c.json", #"{"session": false, "destinations": [\#(destinations)]}"#)
        }
        try configure(#"{"type": "webhook", "name": "old", "endpoint": "http://127.0.0.1:9/"}"#)
        try footfall("track", "A")
        let disabled = #"{"type": "webhook", "name": "old", "endpoint": "http://127.0.0.1:9/", "enabled": false}"#
        let other = #"{"type": "webhook", "name": "other", "endpoint": "http://127.0.0.1:9/"}"#
        try configure(isDisabled ? disabled : other)
        let words = isDisabled ? "disabled" : "not configured"
        for time in ["2999-01-01T00:00:00.000Z", "2026-01-01T00:00:00.000Z"] {
            let seen = try attempt(at: time)
            #expect(seen.json == .null)
            #expect(seen.text.contains(" \(words)  -\n"), "\(seen.text)")
            #expect(seen.doctor.contains("note  destination old: it is \(words); 1 event queued\n"), "\(seen.doctor)")
        }
        let row = try footfall("status", "--json").json?["destinations"]?.arrayValue?.first?.objectValue
        #expect(row?["state"] == (isDisabled ? "disabled" : "notConfigured"))
    }

    private func row() throws -> JSONObject {
        try #require(try footfall("status", "--json").json?["destinations"]?.arrayValue?.first?.objectValue)
    }

    /// The first request is answered 401, the second accepted.
    @Test func tellsWhatBecameOfTheAttempts() throws {
        let sink = try Sink(footfall) { _, count in count == 1 ? .status(401) : .accept }
        footfall.environment["FOOTFALL_SESSION"] = "off"
        try footfall("track", "A")
        let before = try row()
        #expect(before["lastAttempt"] == .null && before["lastSuccess"] == .null && before["lastStatus"] == .null)
        #expect(before["requests"] == ["success": 0, "failure": 0] && before["sentBytes"] == 0, "\(before)")
        #expect(before["oldestAgeSeconds"]?.intValue != nil && before["isOldestAgeAtLeast"] == false)

        #expect(try footfall("flush").status == 69)
        let failed = try row()
        #expect(failed["lastStatus"] == 401 && failed["lastSuccess"] == .null, "\(failed)")
        #expect(failed["requests"] == ["success": 0, "failure": 1], "\(failed)")
        let sent = try #require(failed["sentBytes"]?.intValue)
        #expect(sent > 0 && failed["lastAttempt"]?.stringValue != nil)

        #expect(try footfall("flush").status == 0)
        let delivered = try row()
        #expect(delivered["lastStatus"] == 200 && delivered["oldestAgeSeconds"] == .null, "\(delivered)")
        #expect(delivered["requests"] == ["success": 1, "failure": 1], "\(delivered)")
        #expect(delivered["lastSuccess"] == delivered["lastAttempt"] && delivered["lastSuccess"] != .null)
        #expect(try #require(delivered["sentBytes"]?.intValue) > sent)
        let events = try footfall("status").lines.first { $0.hasPrefix("segment ") }
        #expect(events?.contains(" s ago ") == true, "\(events ?? "no line")")
        withExtendedLifetime(sink) {}
    }

    @Test func aRequestWithoutAnAnswerIsAFailureWithoutAStatus() throws {
        footfall.environment["FOOTFALL_ENDPOINT"] = "http://127.0.0.1:9/v1/b"
        footfall.environment["FOOTFALL_WRITE_KEY"] = "KEY"
        try footfall("track", "A", "--wait=1")
        let row = try row()
        #expect(row["lastStatus"] == .null && row["lastAttempt"] != .null, "\(row)")
        #expect(row["requests"]?.objectValue?["failure"]?.intValue ?? 0 > 0, "\(row)")
    }

    @Test func removesTheNumbersOfADestinationThatIsDropped() throws {
        let sink = try Sink(footfall)
        let configured = #"{"session": false, "destinations": [{"type": "webhook", "endpoint": "URL"}]}"#
            .replacing("URL", with: "\(sink.collector.url)/webhook")
        footfall.environment["FOOTFALL_CONFIG"] = try footfall.write("c.json", configured)
        try footfall("track", "A", "--wait")
        func counters() throws -> [String] {
            try inspect(footfall.state) { try $0.counters.all().map(\.name).filter { $0.hasPrefix("webhook/") } }
        }
        #expect(
            try counters() == [
                "webhook/lastAttempt", "webhook/lastStatus", "webhook/lastSuccess", "webhook/requests.success",
                "webhook/sentBytes",
            ])
        footfall.environment["FOOTFALL_CONFIG"] = try footfall.write("c.json", "{}")
        #expect(try footfall("destinations", "drop", "webhook").status == 0)
        #expect(try counters().isEmpty)
    }

    @Test func tellsADestinationThatHasNoRowYetAndOneThatIsNotConfigured() throws {
        func configure(_ name: String) throws {
            footfall.environment["FOOTFALL_CONFIG"] = try footfall.write(
                "c.json",
                #"{"session": false, "destinations": [{"type": "webhook", "name": "\#(name)", "endpoint": "http://127.0.0.1:9/"}]}"#
            )
        }
        try configure("old")
        let fresh = try footfall("status")
        #expect(fresh.status == 0 && fresh.output.contains(" no event yet  -"), "\(fresh.output)")
        #expect(access(footfall.state, F_OK) != 0, "a look makes no store")
        try footfall("track", "A")
        try configure("other")
        let rows = try #require(try footfall("status", "--json").json?["destinations"]?.arrayValue)
        let seen = rows.map { row in
            "\(row.objectValue?["name"]?.text ?? "") \(row.objectValue?["state"]?.text ?? "") \(row.objectValue?["isStored"]?.text ?? "")"
        }
        #expect(seen == [#""old" "notConfigured" true"#, #""other" "new" false"#])
        let text = try footfall("status").output
        #expect(text.contains("why        old: the configuration does not have it any more"), "\(text)")
        #expect(text.contains("cure       configure it again, or run footfall destinations drop old"), "\(text)")
        #expect(text.contains("config     \(footfall.home)/c.json"), "\(text)")
    }

    @Test func namesTheConfigurationFileAndItsSum() throws {
        footfall.environment["FOOTFALL_CONFIG"] = try footfall.write("c.json", "{}\n")
        let json = try #require(try footfall("status", "--json").json)
        #expect(json["schema"] == 2 && json["profile"] == "default" && json["clock"] != nil)
        let file = json["config"]?.objectValue
        #expect(file?["path"]?.stringValue == "\(footfall.home)/c.json")
        // printf '{}\n' | sha256sum
        #expect(file?["sha256"] == "ca3d163bab055381827226140568f3bef7eaac187cebd76878e0b63e9e442356")
        footfall.environment["FOOTFALL_CONFIG"] = nil
        #expect(try footfall("status", "--json").json?["config"] == .null)
    }

    @Test func staysWithin80Columns() throws {
        let name = String(repeating: "long", count: 15)
        footfall.environment["FOOTFALL_CONFIG"] = try footfall.write(
            "c.json",
            #"{"session": false, "destinations": [{"type": "webhook", "name": "\#(name)", "endpoint": "http://127.0.0.1:9/"}]}"#
        )
        try footfall("track", "A")
        let table = try footfall("status").lines.drop { !$0.hasPrefix("destination") }.prefix(2)
        #expect(table.count == 2 && table.allSatisfy { $0.count <= 80 }, "\(table)")
    }

    @Test func watchesUntilASignalArrives() throws {
        try footfall("track", "A")
        let watch = try footfall.start("status", "--watch", "--interval", "100ms", "--json")
        for _ in 0..<3 {
            let line = try #require(watch.line())
            #expect(try JSONParser.parse(line).objectValue?["schema"] == 2)
        }
        kill(watch.id, SIGINT)
        #expect(watch.wait(atMost: .seconds(20)).status == 0)
        #expect(try footfall("status", "--watch", "--interval", "1ms").status == 64)
    }
}
