// SPDX-License-Identifier: MIT
import Footfall
import Glibc
import Testing

/// A store that cannot be looked at is not an empty one.
@Suite struct LookingCommandTests {
    let footfall = Command()

    private static let commands = [
        ["status"], ["status", "--watch"], ["metrics"], ["events", "list"], ["events", "tail", "--quiet"],
        ["events", "show", "1"], ["session", "show"], ["visitor", "show"], ["dead-letters", "list"],
        ["dead-letters", "export"],
        ["dead-letters", "retry"], ["dead-letters", "purge"], ["destinations", "list"],
        ["destinations", "drop", "segment"], ["flush"], ["track", "B"], ["track", "B", "--dry-run"], ["identify", "u"],
        ["send"], ["session", "end"], ["session", "new"], ["visitor", "begin"], ["opt-out"], ["opt-in"], ["forget"],
        ["reset"],
    ]

    private func expectRefusals(_ reason: String, _ path: String) throws {
        for words in Self.commands {
            let run = try footfall.run(words + ["--state-dir", path], "{\"type\":\"track\",\"event\":\"B\"}\n")
            #expect(run.status == 73 && run.output.isEmpty, "\(words): \(run)")
            #expect(run.talk.split(separator: "\n").count == 1, "\(words): \(run)")
            #expect(run.talk.contains("\(path): \(reason)"), "\(words): \(run)")
            let isAboutStoring = ["track", "identify", "send"].contains(words[0]) && !words.contains("--dry-run")
            #expect(run.talk.contains("nothing was stored") == isAboutStoring, "\(words): \(run)")
        }
        let doctor = try footfall("doctor", "--state-dir", path)
        #expect(doctor.status == 69 && doctor.output.contains("WRONG directory: opening \(path)"), "\(doctor)")
    }

    private func becomeAnotherUser() {
        chmod(footfall.home, 0o755)
        footfall.starter = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
    }

    @Test(.enabled(if: geteuid() == 0 && access("/usr/bin/setpriv", X_OK) == 0))
    func refusesAnotherUsersStore() throws {
        let path = "\(footfall.home)/theirs"
        try footfall("track", "A", "--state-dir", path)
        becomeAnotherUser()
        try expectRefusals("it belongs to another user (0); run it as the user who owns the store", path)
        chmod(path, 0o755)
        try expectRefusals("it belongs to another user (0); run it as the user who owns the store", path)
    }

    @Test(.enabled(if: geteuid() == 0 && access("/usr/bin/setpriv", X_OK) == 0))
    func refusesADirectoryBelowOneThatCannotBeEntered() throws {
        let path = "\(footfall.home)/closed/deep/store"
        try footfall("track", "A", "--state-dir", path)
        chmod("\(footfall.home)/closed", 0o700)
        becomeAnotherUser()
        try expectRefusals("Permission denied; run it as the user who owns the store", path)
    }

    @Test(.enabled(if: geteuid() == 0 && access("/usr/bin/setpriv", X_OK) == 0))
    func refusesAnotherUsersEmptyDirectory() throws {
        mkdir("\(footfall.home)/empty", 0o755)
        becomeAnotherUser()
        try expectRefusals(
            "it belongs to another user (0); run it as the user who owns the store", "\(footfall.home)/empty")
    }

    @Test func refusesAPlainFile() throws {
        let path = try footfall.write("file", "no directory")
        try expectRefusals("Not a directory; name a directory with --state-dir", path)
        try expectRefusals("Not a directory; name a directory with --state-dir", "\(path)/below")
    }

    @Test func takesADirectoryThatIsNotThereForAnEmptyStore() throws {
        let path = "\(footfall.home)/new/deep"
        for words in [
            ["status"], ["metrics"], ["events"], ["session"], ["visitor"], ["dead-letters"], ["dead-letters", "purge"],
            ["destinations"],
        ] {
            #expect(try footfall.run(words + ["--state-dir", path], "").status == 0, "\(words)")
        }
        mkdir("\(footfall.home)/bare", 0o700)
        #expect(try footfall("dead-letters", "purge", "--state-dir", "\(footfall.home)/bare").status == 0)
        #expect(access("\(footfall.home)/new", F_OK) != 0)
    }
}
