// SPDX-License-Identifier: MIT
import Footfall
import Glibc
import Testing

/// Whose directories and files the command takes.
@Suite struct TrustTests {
    let footfall = Command()

    /// A user that no file of the machine knows, without HOME.
    private func becomeAStranger() {
        footfall.starter = ["setpriv", "--reuid", "4000000123", "--regid", "4000000123", "--clear-groups"]
        footfall.environment = ["HOME": "", "XDG_STATE_HOME": "", "XDG_CONFIG_HOME": ""]
    }

    @Test(
        .enabled(if: geteuid() == 0 && access("/usr/bin/setpriv", X_OK) == 0),
        arguments: [["track", "A"], ["status"], ["flush"], ["dead-letters"], ["session"], ["send"], ["opt-out"]])
    func saysWhatToSetWhereAUserHasNoHome(_ arguments: [String]) throws {
        becomeAStranger()
        let run = try footfall.run(arguments, "{\"type\":\"track\",\"event\":\"A\"}\n")
        #expect(run.status == 73, "\(run)")
        #expect(run.talk.contains("HOME is not set"), "\(run)")
        #expect(run.talk.contains("FOOTFALL_STATE_DIR") && run.talk.contains("--state-dir"), "\(run)")
        #expect(access("/tmp/footfall-4000000123", F_OK) != 0)
    }

    @Test func refusesAConfigurationThatEveryUserCanWrite() throws {
        let path = try footfall.write("c.json", "{\"writeKey\": \"KEY\"}")
        chmod(path, 0o666)
        let run = try footfall("status", "--config", path)
        #expect(run.status == 64)
        #expect(run.talk.contains("every user can write to it"), "\(run)")
    }

    @Test func warnsOnceOfFilesThatOthersCanWriteOrRead() throws {
        let key = try footfall.write("key", "SECRET\n")
        let path = try footfall.write(
            "c.json", "{\"destinations\": [{\"type\": \"amplitude\", \"apiKeyFile\": \"\(key)\"}]}")
        #expect(try footfall("track", "A", "--config", path).talk.isEmpty)
        chmod(key, 0o666)
        chmod(path, 0o660)
        for arguments in [["track", "A"], ["status"]] {
            let run = try footfall.run(arguments + ["--config", path], "")
            #expect(run.status == 0)
            let lines = run.talk.split(separator: "\n")
            #expect(lines.count == 2, "\(run)")
            #expect(lines.contains { $0.contains("\(key) holds a secret and can be written by every user") }, "\(run)")
            #expect(lines.contains { $0.contains("\(path) can be written by its group") }, "\(run)")
            #expect(!run.talk.contains("SECRET"))
        }
    }

    @Test func closesADirectoryThatOthersCouldWriteToAndSaysSo() throws {
        #expect(try footfall("track", "A").talk.isEmpty)
        chmod(footfall.state, 0o777)
        let run = try footfall("track", "A")
        #expect(run.status == 0 && run.talk.contains("other users could write to \(footfall.state)"), "\(run)")
        #expect(try footfall("track", "A").talk.isEmpty)
    }

    @Test(.enabled(if: geteuid() == 0)) func opensNoStoreThatAnotherUserPlanted() throws {
        #expect(try footfall("track", "A").status == 0)
        chmod(footfall.state, 0o777)
        chown("\(footfall.state)/store.db", 4_321, 4_321)
        for arguments in [["track", "A"], ["status"], ["flush"], ["dead-letters"], ["visitor"]] {
            let run = try footfall.run(arguments, "")
            #expect(run.status == 73, "\(arguments): \(run)")
            #expect(run.talk.contains("store.db: it belongs to another user (4321)"), "\(run)")
        }
        let doctor = try footfall("doctor")
        #expect(doctor.status == 69 && doctor.output.contains("WRONG directory"), "\(doctor)")
        #expect(!doctor.output.contains("no damage"), "it is not looked into")
    }
}
