// SPDX-License-Identifier: MIT
import Footfall
import FootfallCollector
import Testing

/// Options that are given without what they need.
@Suite struct OptionTests {
    let footfall = Command()

    @Test(arguments: ["--user", "--anonymous-id", "--message-id"], ["", " ", "\t\n", "\u{3000}"])
    func refusesAnIdThatIsBlank(_ option: String, _ value: String) throws {
        let run = try footfall("track", "A", option, value)
        #expect(run.status == 64 && run.output.isEmpty, "\(run)")
        #expect(run.talk == "footfall: \(option): it must not be blank\n")
        let previous = try footfall("alias", "new", "--previous", value)
        #expect(previous.status == 64 && previous.talk == "footfall: --previous: it must not be blank\n", "\(previous)")
        #expect(try footfall("status", "--json").json?["store"]?.objectValue?["queued"] == 0)
    }

    @Test(arguments: [["track"], ["identify"], ["screen"], ["page"], ["group"], ["alias"]], ["", " ", "\t"])
    func refusesABlankNameOrId(_ words: [String], _ name: String) throws {
        let run = try footfall.run(words + [name], "")
        #expect(run.status == 65, "\(run)")
        #expect(run.talk.contains("it must not be blank"), "\(run)")
    }

    @Test func identifyAndAliasTakeTheUserAsArgument() throws {
        let identify = try footfall("identify", "X", "--user", "Y")
        #expect(identify.status == 64 && identify.talk.contains("write: footfall identify Y"), "\(identify)")
        let alias = try footfall("alias", "NEW", "--user", "Y")
        #expect(alias.status == 64 && alias.talk.contains("--previous Y"), "\(alias)")
    }

    // MARK: - --wait

    @Test func aWordBehindWaitIsNotItsValue() throws {
        let identify = try footfall("identify", "--wait", "42", "plan=free", "--dry-run")
        #expect(identify.json?["userId"] == "42", "\(identify)")
        #expect(identify.json?["traits"] == ["plan": "free"])
        #expect(try footfall("track", "--wait", "T", "--dry-run").json?["event"] == "T")
        #expect(try footfall("track", "--dry-run", "--", "--wait").json?["event"] == "--wait")
        let forget = try footfall("forget", "--wait", "3")
        #expect(forget.status == 64 && forget.talk.contains("3"), "\(forget)")
        #expect(try footfall("track", "A", "--user", "--wait").status == 64, "--user has no value")
    }

    @Test func waitsWithAndWithoutATime() throws {
        let sink = try Sink(footfall)
        #expect(try footfall("track", "--wait", "A").status == 0)
        #expect(try footfall("track", "B", "--wait=20").status == 0)
        #expect(sink.collector.statistics.events == 3, "and the start of the session")
    }

    // MARK: - Dead letters

    @Test(arguments: ["list", "export", "retry", "purge"])
    func namesTheDestinationsAndDeadLettersThatExist(_ command: String) throws {
        footfall.environment["FOOTFALL_CONFIG"] = try footfall.write("c.json", #"{"session": false}"#)
        let sink = try Sink(footfall) { _, number in number <= 2 ? .status(400, body: "never") : .accept }
        try footfall("track", "Bad")
        try footfall("track", "Good")
        try footfall("flush")
        let id = try #require(try footfall("dead-letters", "--json").json?["id"]?.intValue)

        let typo = try footfall("dead-letters", command, "--destination", "segmnt")
        #expect(typo.status == 64 && typo.output.isEmpty, "\(typo)")
        #expect(
            typo.talk
                == "footfall: --destination: segmnt is neither in the store nor configured; known: segment\n")
        let wrong = try footfall("dead-letters", command, "--id", "\(id)", "--id", "77")
        #expect(wrong.status == 64 && wrong.output.isEmpty, "\(wrong)")
        #expect(wrong.talk == "footfall: --id: 77 is no dead letter; known: \(id)\n")
        #expect(try footfall("dead-letters", "--json").json?["id"] == .int(id), "nothing was done")
        withExtendedLifetime(sink) {}
    }

    @Test func aKnownDestinationWithoutDeadLettersIsNoError() throws {
        footfall.environment["FOOTFALL_WRITE_KEY"] = "KEY"
        for command in ["retry", "purge"] {
            let run = try footfall("dead-letters", command, "--destination", "segment")
            #expect(run.status == 0 && run.talk.contains("0 dead letters"), "\(run)")
        }
        #expect(try footfall("dead-letters", "list", "--destination", "segment").status == 0)
    }
}
