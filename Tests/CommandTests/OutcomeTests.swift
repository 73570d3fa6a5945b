// SPDX-License-Identifier: MIT
import Footfall
import FootfallCollector
import Glibc
import Testing

/// What the command says became of an event.
@Suite struct OutcomeTests {
    let footfall = Command()
    private let event = "{\"type\":\"track\",\"event\":\"A\"}\n"

    /// A webhook, which takes only what `integrations` allow.
    private func configureWebhook() throws {
        footfall.environment["FOOTFALL_CONFIG"] = try footfall.write(
            "c.json",
            #"{"session":false,"destinations":[{"type":"webhook","name":"hook","endpoint":"http://127.0.0.1:9/"}]}"#)
    }

    @Test(arguments: [["track", "A"], ["identify", "u"], ["screen", "S"], ["alias", "new"], ["group", "g"]])
    func saysThatNothingIsStoredAfterAnOptOut(_ words: [String]) throws {
        try footfall("opt-out")
        let plain = try footfall.run(words, "")
        #expect(plain.status == 0 && plain.output.isEmpty, "being unwanted is no error: \(plain)")
        #expect(plain.talk == "not stored: the user opted out; footfall opt-in records again\n")
        let json = try footfall.run(words + ["--json"], "")
        #expect(json.status == 0 && json.output == "{\"stored\":false,\"reason\":\"optedOut\"}\n", "\(json)")
        #expect(json.talk.isEmpty)
        let id = try footfall.run(words + ["--print-id"], "")
        #expect(id.status == 0 && id.output.isEmpty, "\(id)")
        #expect(try footfall.run(words + ["--quiet"], "").talk.isEmpty)
        let dropped = try footfall("status", "--json").json?["counters"]?.objectValue?["dropped"]
        #expect(dropped == ["optedOut": 4])
    }

    @Test func aDryRunShowsNoEventThatWouldNotBeStored() throws {
        try footfall("opt-out")
        let run = try footfall("track", "A", "--dry-run")
        #expect(run.status == 0 && run.output.isEmpty, "\(run)")
        #expect(run.talk == "would not be stored: the user opted out; footfall opt-in records again\n")
        let json = try footfall("track", "A", "--dry-run", "--json")
        #expect(json.json == ["stored": false, "reason": "optedOut"])
    }

    @Test func sendCountsWhatAnOptOutKeepsOut() throws {
        try footfall("opt-out")
        let run = try footfall.run(["send"], event + event)
        #expect(run.status == 0)
        #expect(
            run.talk == """
                read 2, stored 0, not stored 2 (optedOut), rejected 0
                not stored: 2 events: the user opted out; footfall opt-in records again

                """)
        let past = #"{"type":"track","event":"A","timestamp":"2026-01-01T00:00:00Z"}"#
        let replay = try footfall.run(["send", "--replay", "--json"], past + "\n")
        #expect(replay.json?["stored"] == 0 && replay.json?["sessions"] == 0, "\(replay)")
        let json = try footfall.run(["send", "--json"], event)
        #expect(
            json.json == [
                "read": 1, "stored": 0, "rejected": 0, "unordered": 0, "sessions": 0, "notStored": ["optedOut": 1],
            ],
            "\(json)")
    }

    @Test func changesNoSessionAndNoVisitAfterAnOptOutAndSaysWhy() throws {
        try footfall("opt-out")
        for words in [["session", "new"], ["session", "end"], ["visitor", "begin"], ["visitor", "end"]] {
            let run = try footfall.run(words, "")
            #expect(run.status == 0 && run.output.isEmpty, "\(words): \(run)")
            #expect(run.talk == "nothing was changed: the user opted out; footfall opt-in records again\n")
            #expect(try footfall.run(words + ["--json"], "").json == ["id": nil, "reason": "optedOut"])
        }
        let reset = try footfall("reset")
        #expect(reset.status == 0 && reset.output.isEmpty, "\(reset)")
        #expect(reset.talk == "nothing was reset: the user opted out; footfall opt-in records again\n")
        #expect(try footfall("reset", "--json").json == ["anonymousId": nil, "reason": "optedOut"])
    }

    @Test func anEventThatNoDestinationTakesIsUnroutedAndNoError() throws {
        let input = "{\"type\":\"track\",\"event\":\"A\",\"integrations\":{\"All\":false}}\n" + event
        try configureWebhook()
        let configured = try footfall.run(["send", "--json"], input)
        #expect(configured.status == 0, "\(configured)")
        let expected: JSONObject = [
            "read": 2, "stored": 1, "rejected": 0, "unordered": 0, "sessions": 0, "notStored": ["unrouted": 1],
        ]
        #expect(configured.json == expected)
        // Without a configuration the store's destinations decide.
        footfall.environment["FOOTFALL_CONFIG"] = try footfall.write("none.json", #"{"session":false}"#)
        let stored = try footfall.run(["send", "--json"], input)
        #expect(stored.status == 0 && stored.json == expected, "\(stored)")
        #expect(try footfall("status", "--json").json?["store"]?.objectValue?["queued"] == 2)
    }

    @Test func saysStoredOnlyForItsOwnEvent() throws {
        let input = "{\"type\":\"track\",\"event\":\"\(String(repeating: "x", count: 40_000))\"}\n"
        #expect(try footfall.run(["send"], input).status == 65)
        let run = try footfall("track", "A", "--json")
        #expect(run.status == 0)
        #expect(run.json?["stored"] == true && run.json?["messageId"]?.stringValue?.count == 36, "\(run)")
    }

    @Test func anEventThatIsAtFaultIsNotStoredAndEndsWith65() throws {
        let large = try footfall("track", "A", "x=\(String(repeating: "x", count: 33_000))", "--json")
        #expect(large.status == 65 && large.json == ["stored": false, "reason": "tooLarge"], "\(large)")
        #expect(large.talk.contains("footfall: not stored: the event is larger than 32 KiB"))
        let blank = try footfall("track", "\t", "--json")
        #expect(blank.status == 65 && blank.json == ["stored": false, "reason": "invalid"], "\(blank)")
    }

    @Test func doesNotTakeAnUnreadableConsentForAnOptOut() throws {
        try footfall("track", "A")
        mkdir("\(footfall.state)/opted-out", 0o700)
        for words in [["track", "B", "--json"], ["track", "B", "--dry-run"], ["session", "new"], ["identify", "u"]] {
            let run = try footfall.run(words, "")
            #expect(run.status == 73 && run.output.isEmpty, "\(words): \(run)")
            #expect(run.talk.contains("opted-out"), "\(run.talk)")
        }
        let doctor = try footfall("doctor")
        #expect(doctor.status == 69 && doctor.output.contains("WRONG consent"), "\(doctor)")
    }

    // MARK: - Standard output

    @Test(
        arguments: [
            ["status"], ["session"], ["dead-letters", "--json"], ["destinations"], ["doctor"],
            ["flush", "--timeout", "0", "--json"],
            ["track", "B", "--json"], ["track", "B", "--print-id"], ["track", "B", "--dry-run"], ["session", "new"],
            ["visitor", "begin"], ["send", "--json"], ["--version"], ["--help"], ["help", "track"],
            ["--generate-completion-script", "bash"],
        ], [">&-", ">/dev/full"])
    func endsWith74WhenTheResultCannotBePrinted(_ words: [String], _ output: String) throws {
        footfall.environment["FOOTFALL_WRITE_KEY"] = "KEY"
        footfall.environment["FOOTFALL_ENDPOINT"] = "http://127.0.0.1:1/v1/b"
        try footfall("track", "A")
        footfall.starter = ["sh", "-c", "exec \"$0\" \"$@\" \(output)"]
        let run = try footfall.run(words, event)
        // There are no dead letters, so there is nothing to print.
        let expected: Int32 = words[0] == "dead-letters" ? 0 : 74
        #expect(run.status == expected, "\(run)")
        #expect(expected == 0 || run.talk.contains("standard output: "), "\(run)")
    }

    @Test func collectRefusesAClosedOutput() throws {
        footfall.starter = ["sh", "-c", "exec \"$0\" \"$@\" >&-"]
        let run = try footfall("collect", "--port", "0")
        #expect(run.status == 74 && run.talk.contains("standard output: "), "\(run)")
    }

    @Test func sendSaysThatItsInputIsClosed() throws {
        footfall.starter = ["sh", "-c", "exec \"$0\" \"$@\" <&-"]
        let run = try footfall("send")
        #expect(run.status == 64 && run.talk.contains("standard input: "), "\(run)")
    }
}
