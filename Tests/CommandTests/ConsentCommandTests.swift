// SPDX-License-Identifier: MIT
import Footfall
import FootfallCollector
import FootfallStore
import Glibc
import Testing

@Suite struct ConsentCommandTests {
    let footfall = Command()

    private func stored() throws -> JSON? {
        try footfall("status", "--json").json?["store"]?.objectValue?["queued"]
    }

    @Test func recordsNothingAfterAnOptOutUntilAnOptIn() throws {
        try footfall("track", "Before")
        #expect(try stored() == 2)
        #expect(try footfall("opt-out").status == 0)
        #expect(try stored() == 0)
        #expect(try footfall("track", "Meanwhile").status == 0)
        #expect(try stored() == 0)
        #expect(try footfall("session", "show", "--json").json?["id"] == .null)
        #expect(try footfall("doctor", "--json").output.contains("opted out"))
        #expect(try footfall("opt-in").status == 0)
        #expect(try footfall("track", "After").status == 0)
        #expect(try stored() == 2, "a session starts afresh, without an end of the old one")
    }

    @Test func leavesNothingOfTheEventsOnTheDisk() throws {
        try footfall("track", "Needle-In-The-Haystack")
        #expect(try !footfall.directory.files(with: "Needle-In-The-Haystack", below: "state").isEmpty, "it was there")
        try footfall("opt-out")
        try footfall.expectNowhere(["Needle-In-The-Haystack"])
    }

    @Test func leavesNothingOfWhatWasDeliveredOrDamagedEither() throws {
        let sink = try Sink(footfall)
        for number in 1...40 { try footfall("track", "Needle\(number)") }
        try footfall("flush")
        _ = try footfall.write("state/footfall/default/store.db.corrupt-1", "Needle99")
        #expect(try footfall("opt-out").status == 0)
        try footfall.expectNowhere(["Needle"])
        withExtendedLifetime(sink) {}
    }

    @Test func opensNoSessionAndNoVisitWhileOptedOut() throws {
        try footfall("opt-out")
        try footfall("session", "new")
        try footfall("visitor", "begin")
        #expect(try stored() == 0)
        #expect(try footfall("visitor", "show", "--json").json?["id"] == .null)
        #expect(try footfall("session", "show", "--json").json?["id"] == .null)
    }

    @Test func recordsAnOptOutUnderDoNotTrackAsWell() throws {
        try footfall("track", "Needle")
        footfall.environment["DO_NOT_TRACK"] = "1"
        #expect(try footfall("opt-out").status == 0)
        let forget = try footfall("forget")
        #expect(forget.status == 64 && forget.talk.contains("DO_NOT_TRACK is set"), "it did nothing: \(forget)")
        footfall.environment["DO_NOT_TRACK"] = nil
        #expect(try stored() == 0)
        try footfall("track", "Meanwhile")
        #expect(try stored() == 0, "the opt-out holds without the variable")
    }

    @Test func recordsANewIdentityAfterAnOptIn() throws {
        let sink = try Sink(footfall)
        let before = try #require(try footfall("identify", "needle-user", "mail=needle@example.com", "--json").json)
        try footfall("track", "Needle")
        try footfall("visitor", "begin")
        try footfall("identify", "needle-visitor")
        try footfall("visitor", "end")
        #expect(try footfall("opt-out").status == 0)
        #expect(try footfall("opt-in").status == 0)
        try footfall.expectNowhere(["needle", "Needle"])
        try footfall("track", "After")
        try footfall("track", "Later")
        try footfall.expectNowhere(["needle", "Needle"])
        try footfall("flush")
        let came = try footfall.events(in: "collected.ndjson")
        #expect(came.compactMap { $0["event"]?.stringValue }.suffix(2) == ["After", "Later"])
        #expect(came.allSatisfy { $0["userId"] == nil }, "\(came)")
        #expect(Set(came.compactMap { $0["anonymousId"]?.stringValue }).count == 1)
        withExtendedLifetime((sink, before)) {}
    }

    @Test(.enabled(if: geteuid() == 0, "only root can write another user's store"))
    func rootsOptOutOfAnotherUsersStoreDoesNothing() throws {
        try footfall("track", "Theirs")
        let state = "\(footfall.home)/state/footfall/default"
        for path in try footfall.directory.files(below: "state/footfall/default") + ["\(state)/spool", state] {
            chown(path, 65_534, 65_534)
        }
        let before = try footfall.directory.files(below: "state/footfall/default")
        let run = try footfall("opt-out")
        #expect(run.status == 73, "\(run)")
        #expect(run.talk.contains("another user"), "\(run)")
        #expect(try footfall.directory.files(below: "state/footfall/default") == before)
    }

    @Test func anOptOutThatCannotBeWrittenFails() throws {
        try footfall("track", "A")
        mkdir("\(footfall.home)/state/footfall/default/opted-out", 0o700)
        let run = try footfall("opt-out")
        #expect(run.status == 73, "\(run)")
        #expect(run.talk.contains("opted-out"), "\(run)")
    }

    /// A fault that has nothing to do with the store keeps no user from opting out.
    @Test(arguments: [
        (#"{"destinations": [{"type": "segment"}]}"#, "write"),
        (#"{"destinations": [{"type": "segmant"}]}"#, "segmant"),
        (#"{"destinations": {}}"#, "destinations"),
        (#"{"session": {"timeout": "soon"}}"#, "session"),
        (#"{"session": 5}"#, "session"),
        (#"{"flushAt": "often"}"#, "flushAt"),
    ])
    func optsOutAlthoughTheConfigurationHasAFault(_ text: String, _ word: String) throws {
        footfall.environment["FOOTFALL_WRITE_KEY"] = nil
        let state = "\(footfall.home)/kiosk"
        let fine = try footfall.write("fine.json", #"{"stateDirectory": "\#(state)"}"#)
        let faulty = try footfall.write("c.json", #"{"stateDirectory": "\#(state)", \#(text.dropFirst())"#)
        #expect(try footfall("track", "Before", "--config", fine).status == 0)
        #expect(try footfall("track", "A", "--config", faulty).status == 64, "what it always was")
        let run = try footfall("opt-out", "--config", faulty)
        #expect(run.status == 0, "\(run)")
        #expect(run.talk.hasPrefix("footfall: warning: ") && run.talk.contains(word), "\(run)")
        #expect(run.talk.split(separator: "\n").count == 1, "\(run)")
        #expect(access("\(state)/opted-out", F_OK) == 0)
        #expect(try footfall("opt-in", "--config", faulty).status == 0)
        #expect(access("\(state)/opted-out", F_OK) != 0)
    }

    @Test(arguments: ["FOOTFALL_ENDPOINT": "nowhere", "FOOTFALL_SESSION": "perhaps", "FOOTFALL_WRITE_KEY": "a\nb"])
    func optsOutAlthoughAVariableHasAFault(_ name: String, _ value: String) throws {
        footfall.environment[name] = value
        #expect(try footfall("track", "A").status == 64)
        let run = try footfall("opt-out")
        #expect(run.status == 0 && run.talk.hasPrefix("footfall: warning: \(name)"), "\(run)")
        #expect(access("\(footfall.home)/state/footfall/default/opted-out", F_OK) == 0)
    }

    /// Otherwise it would opt out of another store than the one that the file names.
    @Test func aFileThatCannotBeReadEndsAnOptOutUnlessTheDirectoryIsGiven() throws {
        for path in [try footfall.write("c.json", #"{"stateDirectory": "#), "\(footfall.home)/none.json"] {
            let run = try footfall("opt-out", "--config", path)
            #expect(run.status == 64 && !run.talk.contains("warning"), "\(run)")
            let state = "\(footfall.home)/kiosk"
            let given = try footfall("opt-out", "--config", path, "--state-dir", state)
            #expect(given.status == 0 && given.talk.hasPrefix("footfall: warning: \(path)"), "\(given)")
            #expect(access("\(state)/opted-out", F_OK) == 0)
            footfall.environment["FOOTFALL_STATE_DIR"] = state
            #expect(try footfall("opt-in", "--config", path).status == 0)
            #expect(access("\(state)/opted-out", F_OK) != 0)
            footfall.environment["FOOTFALL_STATE_DIR"] = nil
        }
        let directory = try footfall.write("d.json", #"{"stateDirectory": 7, "flushAt": "often"}"#)
        #expect(try footfall("opt-out", "--config", directory).status == 64)
        #expect(access("\(footfall.home)/state/footfall/default/opted-out", F_OK) != 0)
    }

    @Test func asksForDeletionThoughTheUserOptedOut() throws {
        let sink = try Sink(footfall)
        let path = try footfall.write(
            "c.json",
            #"{"destinations": [{"type": "webhook", "name": "hook", "endpoint": "\#(sink.collector.url)/webhook"}]}"#)
        footfall.environment["FOOTFALL_CONFIG"] = path
        try footfall("identify", "u-1")
        sink.collector.stop()
        #expect(try footfall("forget").status == 0)
        #expect(try footfall("opt-out").status == 0)
        #expect(try stored() == 1, "the request")
        let later = try Sink(footfall)
        footfall.environment["FOOTFALL_CONFIG"] = try footfall.write(
            "d.json",
            #"{"destinations": [{"type": "webhook", "name": "hook", "endpoint": "\#(later.collector.url)/webhook"}]}"#)
        #expect(try footfall("flush").status == 0)
        let lines = try footfall.read("collected.ndjson").split(separator: "\n")
        #expect(lines.count == 1)
        #expect(lines.first?.contains(#""type":"delete""#) == true)
        #expect(lines.first?.contains("u-1") == true)
        #expect(try stored() == 0)
    }

    @Test func anOptOutLastsOverAForgetWhichAsksForNothing() throws {
        let sink = try Sink(footfall)
        footfall.environment["FOOTFALL_CONFIG"] = try footfall.write(
            "c.json",
            #"{"destinations": [{"type": "webhook", "name": "hook", "endpoint": "\#(sink.collector.url)/webhook"}]}"#)
        try footfall("identify", "u-1")
        #expect(try footfall("opt-out").status == 0)
        let run = try footfall("forget", "--wait")
        #expect(run.status == 0, "\(run)")
        #expect(
            run.talk
                == "erased: 0 events and 0 dead letters; no user is known any more, so nothing was asked\n")
        let again = try footfall("forget", "--json")
        #expect(again.status == 0 && again.json?["requested"] == [] && again.json?["erased"] == 0, "\(again)")
        #expect(access("\(footfall.home)/state/footfall/default/opted-out", F_OK) == 0)
        #expect(try footfall("track", "After", "--json").json?["reason"] == "optedOut")
        #expect(try footfall("flush").status == 0)
        #expect(try stored() == 0 && sink.collector.statistics.requests == 0)
        #expect(try footfall("opt-in").status == 0)
        try footfall("track", "Again")
        #expect(try footfall("forget").talk.contains("; asked: hook"))
    }

    @Test func saysWhatItErasedAndThatSegmentCannotDelete() throws {
        let sink = try Sink(footfall)
        try footfall("identify", "u-1")
        let run = try footfall("forget", "--wait")
        #expect(run.status == 0, "nothing is left to do: \(run)")
        #expect(run.talk == "erased: 2 events, 0 dead letters and the identity; cannot delete: segment\n")
        try footfall("track", "Later")
        let again = try footfall("forget", "--json")
        #expect(
            again.json
                == ["erased": 2, "deadLetters": 0, "requested": [], "unsupported": ["segment"], "notAsked": []],
            "\(again)")
        let dropped = try footfall("status", "--json").json?["counters"]?.objectValue?["dropped"]
        #expect(dropped == ["forgotten": 4], "the user did not opt out")
        #expect(sink.collector.statistics.requests == 0)
    }

    @Test func saysWhichDestinationsItAsked() throws {
        let sink = try Sink(footfall)
        footfall.environment["FOOTFALL_CONFIG"] = try footfall.write(
            "c.json",
            #"""
            {"session": false, "destinations": [{"type": "segment"},
             {"type": "webhook", "name": "hook", "endpoint": "\#(sink.collector.url)/webhook"}]}
            """#)
        try footfall("track", "A")
        let run = try footfall("forget", "--wait=20")
        #expect(run.status == 0, "\(run)")
        #expect(
            run.talk
                == "erased: 1 event, 0 dead letters and the identity; asked: hook; cannot delete: segment\n")
        let came = try footfall.events(in: "collected.ndjson")
        #expect(came.map { $0["type"] } == ["delete"])
        sink.collector.stop()
        try footfall("track", "B")
        let later = try footfall("forget", "--wait=0", "--json")
        #expect(later.status == 75 && later.json?["requested"] == ["hook"], "stored, but not delivered: \(later)")
        footfall.environment["FOOTFALL_CONFIG"] = try footfall.write("d.json", #"{"destinations": []}"#)
        #expect(try footfall("forget").talk.contains("; nothing was asked: no destination is configured"))
    }

    @Test func namesTheDestinationsThatItDoesNotAsk() throws {
        footfall.environment["FOOTFALL_CONFIG"] = try footfall.write(
            "c.json",
            #"""
            {"session": false, "destinations": [
             {"type": "webhook", "name": "hook", "enabled": false, "endpoint": "http://127.0.0.1:1/webhook"},
             {"type": "file", "path": "\#(footfall.home)/out"}]}
            """#)
        try footfall("track", "A")
        let run = try footfall("forget", "--wait")
        #expect(run.status == 0, "\(run)")
        #expect(
            run.talk
                == "erased: 1 event, 0 dead letters and the identity; asked: file; not asked: hook (disabled)\n")
        let again = try footfall("forget", "--json")
        #expect(again.json?["requested"] == ["file"] && again.json?["notAsked"] == ["hook"], "\(again)")
        #expect(try footfall("opt-out").status == 0)
        #expect(try footfall("forget", "--json").json?["notAsked"] == [], "no user is known")
    }

    @Test func forgetsTheCurrentVisitor() throws {
        let sink = try Sink(footfall)
        footfall.environment["FOOTFALL_CONFIG"] = try footfall.write(
            "c.json",
            #"{"destinations": [{"type": "webhook", "name": "hook", "endpoint": "\#(sink.collector.url)/webhook"}]}"#)
        let visitor = try #require(try footfall("visitor", "begin").lines.first)
        try footfall("track", "Touched")
        #expect(try footfall("forget").status == 0)
        #expect(try footfall("flush").status == 0)
        let came = try footfall.events(in: "collected.ndjson")
        let request = try #require(came.first { $0["type"] == "delete" }, "\(came)")
        #expect(request["anonymousId"] == .string(visitor), "not the device")
    }

    @Test func doctorFindsWhatIsWrong() throws {
        try footfall("track", "A")
        let fine = try footfall("doctor")
        #expect(fine.status == 0, "\(fine)")
        #expect(fine.output.contains("ok    store"))
        mkdir("\(footfall.home)/real", 0o700)
        symlink("\(footfall.home)/real", "\(footfall.home)/link")
        let wrong = try footfall("doctor", "--state-dir", "\(footfall.home)/link")
        #expect(wrong.status == 69)
        #expect(wrong.output.contains("WRONG directory"))
        symlink("\(footfall.home)/gone", "\(footfall.home)/dangling")
        let dangling = try footfall("doctor", "--state-dir", "\(footfall.home)/dangling")
        #expect(dangling.status == 69)
        #expect(dangling.output.contains("WRONG directory"), "\(dangling)")
    }
}
