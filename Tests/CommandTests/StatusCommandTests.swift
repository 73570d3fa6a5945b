// SPDX-License-Identifier: MIT
import Footfall
import Glibc
import TestSupport
import Testing

@Suite struct StatusCommandTests {
    let footfall = Command()

    /// What `status` and `doctor` say when the next attempt is at a time.
    private func attempt(at time: String) throws -> (json: JSON?, table: String, doctor: String) {
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
            json?["nextAttempt"], try footfall("status").lines.last ?? "", try footfall("doctor").output
        )
    }

    @Test func showsTheNextAttemptOnlyWhileItIsAhead() throws {
        let sink = try Sink(footfall) { _, _ in .status(503) }
        try footfall("track", "A", "--wait=0")

        let ahead = try attempt(at: "2999-01-01T00:00:00.000Z")
        #expect(ahead.json == "2999-01-01T00:00:00.000Z")
        #expect(ahead.table.contains("retrying  2999-01-01T00:00:00.000Z  the server answered 503"), "\(ahead.table)")
        #expect(ahead.doctor.contains("the next attempt waits: the server answered 503; 2 events queued"))

        let past = try attempt(at: "2026-01-01T00:00:00.000Z")
        #expect(past.json == .null)
        #expect(past.table.contains("retrying  now           the server answered 503"), "\(past.table)")
        #expect(past.doctor.contains("the next attempt is due: the server answered 503; 2 events queued"))
        withExtendedLifetime(sink) {}
    }

    @Test func saysThatNothingIsRecordedAfterAnOptOut() throws {
        // The line, and what the JSON has.
        func consent() throws -> String {
            let line = try footfall("status").lines.first { $0.hasPrefix("consent") } ?? "no line"
            let json = try footfall("status", "--json").json?["consent"] ?? .null
            return "\(line) \(json.text)"
        }
        try footfall("track", "A")
        #expect(try consent() == #"no line {"isOptedOut":false}"#)
        try footfall("opt-out")
        #expect(
            try consent() == #"consent    the user opted out; footfall opt-in records again {"isOptedOut":true}"#)
        footfall.environment["DO_NOT_TRACK"] = "1"
        let both = "consent    the user opted out, and DO_NOT_TRACK is set; unset it to record events"
        #expect(try consent() == #"\#(both) {"isOptedOut":true}"#)
        footfall.environment["DO_NOT_TRACK"] = nil
        try footfall("opt-in")
        #expect(try consent() == #"no line {"isOptedOut":false}"#)
        footfall.environment["DO_NOT_TRACK"] = "1"
        #expect(
            try consent() == #"consent    DO_NOT_TRACK is set; unset it to record events {"isOptedOut":true}"#)
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
            #expect(seen.table.contains(" \(words)  -             the server answered 503"), "\(seen.table)")
            #expect(seen.doctor.contains("note  destination old: it is \(words); 1 event queued\n"), "\(seen.doctor)")
        }
        let row = try footfall("status", "--json").json?["destinations"]?.arrayValue?.first?.objectValue
        #expect(row?["state"] == (isDisabled ? "disabled" : "notConfigured"))
    }
}
