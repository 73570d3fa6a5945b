// SPDX-License-Identifier: MIT
import Footfall
import FootfallCollector
import Glibc
import Testing

/// What people and scripts do wrong, and what may be wrong with their machine.
@Suite struct BadUseTests {
    let footfall = Command()

    // MARK: - Directories

    @Test(
        arguments: [
            (["track", "A"], "nothing was stored"), (["send", "-"], "nothing was stored"),
            (["flush", "--timeout", "5"], "nothing was delivered"),
        ])
    func refusesAStateDirectoryThatIsAFile(_ arguments: [String], _ undone: String) throws {
        _ = try footfall.write("file", "no directory")
        let run = try footfall.run(
            arguments + ["--state-dir", "\(footfall.home)/file"], "{\"type\":\"track\",\"event\":\"A\"}\n")
        #expect(run.status == 73, "\(run)")
        #expect(run.talk.contains("\(footfall.home)/file"), "\(run.talk)")
        #expect(run.talk.contains(undone), "\(run.talk)")
        #expect(!run.talk.contains("tried again"), "there is no other try")
    }

    @Test func followsLinksOnTheWayToTheStore() throws {
        mkdir("\(footfall.home)/real", 0o700)
        symlink("\(footfall.home)/real", "\(footfall.home)/link")
        #expect(try footfall("track", "A", "--state-dir", "\(footfall.home)/link/deep/er").status == 0)
        let status = try footfall("status", "--json", "--state-dir", "\(footfall.home)/real/deep/er")
        #expect(status.json?["counters"]?.objectValue?["stored"] == 2, "A and its session's start")
    }

    @Test func refusesALinkInThePlaceOfTheDirectory() throws {
        mkdir("\(footfall.home)/real", 0o700)
        symlink("\(footfall.home)/real", "\(footfall.home)/link")
        let run = try footfall("track", "B", "--state-dir", "\(footfall.home)/link")
        #expect(run.status == 73)
        #expect(run.talk.contains("symbolic link"), "\(run.talk)")
    }

    @Test(arguments: [["track", "A", "--state-dir", ""], ["status", "--state-dir", ""]])
    func takesNoEmptyDirectory(_ arguments: [String]) throws {
        #expect(try footfall.run(arguments, "").status == 64)
    }

    // MARK: - Input

    @Test func storesTheOtherFilesWhenOneCannotBeRead() throws {
        let one = try footfall.write("one.ndjson", "{\"type\":\"track\",\"event\":\"A\"}\n")
        let run = try footfall("send", "--json", one, "\(footfall.home)/missing", footfall.home, one)
        #expect(run.status == 64)
        #expect(run.json == ["read": 2, "stored": 2, "rejected": 0, "unordered": 0, "sessions": 0])
        #expect(run.talk.contains("missing: No such file"))
        #expect(run.talk.contains("Is a directory"))
    }

    @Test func tellsTheSumsThoughAnEventGrewTooLargeByItsContext() throws {
        let sink = try Sink(footfall)
        let large = String(repeating: "z", count: 32_600)
        let input = """
            {"type":"track","event":"a"}
            {"type":"track","event":"b","properties":{"a":"\(large)"}}
            {"type":"track","event":"c"}

            """
        let run = try footfall.run(["send", "--json", "--deliver"], input)
        #expect(run.status == 65)
        #expect(run.json == ["read": 3, "stored": 2, "rejected": 1, "unordered": 0, "sessions": 0])
        #expect(run.talk.contains("standard input:2: the event is larger than 32 KiB"))
        #expect(sink.collector.statistics.events == 3, "and the start of the session")
    }

    @Test func refusesAnIdentityThatIsTooLargeAltogether() throws {
        _ = try footfall("identify", "small")
        let run = try footfall("identify", "large", "t=\(String(repeating: "z", count: 33_000))")
        #expect(run.status == 65)
        #expect(try footfall("track", "A", "--dry-run").json?["userId"] == "small")
    }

    @Test func aDryRunRefusesWhatWouldBeRefused() throws {
        let run = try footfall("track", "A", "a=\(String(repeating: "z", count: 33_000))", "--dry-run")
        #expect(run.status == 65)
        #expect(run.output.isEmpty)
    }

    @Test func anAliasHasTheIdSoFar() throws {
        _ = try footfall("identify", "u1")
        let run = try footfall("alias", "new", "--dry-run")
        #expect(run.json?["previousId"] == "u1")
        #expect(try footfall("alias", "new", "--previous", "").status == 64)
    }

    @Test func splitsAPropertyAtItsSignWhateverFollows() throws {
        let run = try footfall("track", "A", "k=\u{338}x", "--dry-run")
        #expect(run.json?["properties"] == ["k": "\u{338}x"])
    }

    @Test(arguments: ["--wait=abc", "--wait=1.5.1", "--wait=", "--wait=-5", "--wait=99999999999999999999", "--wait=1y"])
    func refusesAWaitThatIsNoDuration(_ option: String) throws {
        let run = try footfall("track", "A", option)
        #expect(run.status == 64, "\(run)")
        let value = option.split(separator: "=", omittingEmptySubsequences: false)[1]
        #expect(
            run.talk
                == "footfall: --wait: \"\(value)\" is not a duration; write it as 10s, 2m or 250ms, or as seconds\n")
        #expect(try footfall("status", "--json").json?["counters"]?.objectValue?["stored"] == 0)
    }

    @Test(arguments: ["10x", "1,5", "1 s", "1e3", "ten"])
    func refusesATimeoutThatIsNoDuration(_ text: String) throws {
        let run = try footfall("flush", "--timeout", text)
        #expect(run.status == 64)
        #expect(
            run.talk
                == "footfall: --timeout: \"\(text)\" is not a duration; write it as 10s, 2m or 250ms, or as seconds\n")
    }

    // MARK: - Waiting

    @Test(arguments: ["10s", "0.5", "2m", "250ms", "30", "1.5h"])
    func takesADurationAsTheConfigurationDoes(_ text: String) throws {
        let sink = try Sink(footfall)
        #expect(try footfall("track", "A", "--wait=\(text)").status == 0)
        #expect(try footfall("flush", "--timeout", text).status == 0)
        #expect(try footfall("forget", "--wait=\(text)").status == 0, "Segment cannot be asked")
        #expect(sink.collector.statistics.events == 2)
    }

    @Test func aTimeoutOfZeroReportsWhatIsQueued() throws {
        _ = try Sink(footfall)
        _ = try footfall("track", "A")
        footfall.environment["FOOTFALL_ENDPOINT"] = "http://127.0.0.1:1/v1/b"
        footfall.environment["FOOTFALL_WRITE_KEY"] = "KEY"
        let run = try footfall("flush", "--timeout", "0", "--json")
        #expect(run.status == 75)
        #expect(run.json?["queued"] == 2)
        #expect(try footfall("track", "B", "--wait=0").status == 75)
    }

    // MARK: - Privacy and terminals

    @Test func printsNoIdsUnderDoNotTrack() throws {
        footfall.environment["DO_NOT_TRACK"] = "1"
        for arguments in [["track", "A", "--dry-run"], ["track", "A", "--print-id"], ["identify", "u"]] {
            let run = try footfall.run(arguments, "")
            #expect(run.status == 0)
            #expect(run.output.isEmpty, "\(run.output)")
            #expect(run.talk.contains("stored: DO_NOT_TRACK is set"), "\(run.talk)")
        }
        #expect(try footfall("track", "A", "--json").json == ["stored": false, "reason": "optedOut"])
        let sent = try footfall.run(["send", "--json"], "{\"type\":\"track\",\"event\":\"A\"}\n")
        #expect(sent.status == 0)
        #expect(sent.json == ["read": 0, "stored": 0, "rejected": 0, "unordered": 0, "sessions": 0])
        #expect(access("\(footfall.home)/state", F_OK) != 0)
    }

    @Test(arguments: ["\u{1b}[31mred", "", "All", String(repeating: "n", count: 61)])
    func takesNoNameThatCannotBeShownOrStored(_ name: String) throws {
        let quoted = JSON.string(name).text
        let path = try footfall.write(
            "c.json", "{\"destinations\":[{\"type\":\"file\",\"path\":\"/tmp/x\",\"name\":\(quoted)}]}")
        let run = try footfall("status", "--config", path)
        #expect(run.status == 64)
        #expect(run.talk.contains("c.json:1: destinations[0].name"), "\(run.talk)")
    }

    @Test func lettersOfAServerCannotSteerTheTerminal() {
        let body = Array("\u{1b}[31mEVIL\u{1b}]0;pwned\u{7}\nsecond\u{202e}".utf8)
        let outcome = DeliveryOutcome(status: DeliveryResponse(status: 401, body: body))
        guard case .blocked(let text) = outcome else {
            Issue.record("not blocked")
            return
        }
        #expect(text == "the server answered 401: \\u{1B}[31mEVIL\\u{1B}]0;pwned\\u{7} second\\u{202E}")
    }
}
