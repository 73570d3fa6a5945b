// SPDX-License-Identifier: MIT
import Footfall
import Glibc
import TestSupport
import Testing

/// What the command takes from its environment.
@Suite struct EnvironmentTests {
    let footfall = Command()

    /// Runs the command in a directory of its own, and gives the names that are in it afterwards.
    private func runElsewhere(_ arguments: [String]) throws -> (run: Run, names: [String]) {
        let place = TemporaryDirectory()
        chmod(place.path, 0o777)
        let starter = footfall.starter
        defer { footfall.starter = starter }
        footfall.starter = ["sh", "-c", "cd \(place.path) && exec \"$@\"", "sh"] + starter
        return (try footfall.run(arguments, ""), try place.names())
    }

    @Test(arguments: [["track", "A"], ["status"], ["send"], ["session", "new"], ["doctor"], ["opt-out"]])
    func ignoresRelativePathsOfTheXDGVariables(_ arguments: [String]) throws {
        footfall.environment = ["XDG_STATE_HOME": "state", "XDG_CONFIG_HOME": "./config", "STATE_DIRECTORY": "v"]
        _ = try footfall.write("default.json", "{ this is never read")
        let (run, names) = try runElsewhere(arguments)
        #expect(run.status == 0, "\(run)")
        #expect(names.isEmpty)
        #expect(run.talk.isEmpty || arguments == ["send"], "\(run)")
        if arguments == ["track", "A"] {
            #expect(access("\(footfall.home)/.local/state/footfall/default/store.db", F_OK) == 0)
        }
    }

    @Test(.enabled(if: geteuid() == 0 && access("/usr/bin/setpriv", X_OK) == 0), arguments: [".", "home", "~", " /h"])
    func ignoresARelativeHome(_ home: String) throws {
        footfall.starter = ["setpriv", "--reuid", "4000000123", "--regid", "4000000123", "--clear-groups"]
        footfall.environment = ["HOME": home, "XDG_STATE_HOME": "", "XDG_CONFIG_HOME": ""]
        let (run, names) = try runElsewhere(["track", "A"])
        #expect(run.status == 73 && run.talk.contains("HOME is not set"), "\(run)")
        #expect(names.isEmpty)
    }

    /// These are typed for the directory that the user is in.
    @Test func takesRelativePathsOfItsOwnOptionsAndVariables() throws {
        footfall.environment = ["FOOTFALL_STATE_DIR": "here"]
        #expect(try runElsewhere(["track", "A"]).names == ["here"])
        #expect(try runElsewhere(["track", "A", "--state-dir", "there"]).names == ["there"])
        #expect(
            try runElsewhere(["track", "A", "--config", "c.json"]).run.talk.hasPrefix("footfall: c.json: it cannot"))
    }

    @Test func takesVariablesOfAFileWithCarriageReturns() throws {
        let sink = try Sink(footfall)
        let endpoint = try #require(footfall.environment["FOOTFALL_ENDPOINT"])
        footfall.environment["FOOTFALL_ENDPOINT"] = "\(endpoint)\r"
        footfall.environment["FOOTFALL_STATE_DIR"] = "\(footfall.home)/own\r"
        footfall.environment["DO_NOT_TRACK"] = "0\r"
        let run = try footfall("track", "A", "--wait=10")
        #expect(run.status == 0, "\(run)")
        #expect(sink.collector.statistics.events == 2, "with the session's start")
        #expect(access("\(footfall.home)/own/store.db", F_OK) == 0)
    }

    @Test(arguments: ["~", "~/events", "~root/events"])
    func makesNoDirectoryThatIsCalledTilde(_ path: String) throws {
        let file = try footfall.write("c.json", "{\"stateDirectory\": \"\(path)\"}")
        for (source, arguments) in [
            ("--state-dir", ["--state-dir=\(path)"]), ("FOOTFALL_STATE_DIR", []),
            ("stateDirectory", ["--config", file]),
        ] {
            footfall.environment["FOOTFALL_STATE_DIR"] = source == "FOOTFALL_STATE_DIR" ? path : nil
            let (run, names) = try runElsewhere(["track", "A"] + arguments)
            #expect(run.status == 64 && names.isEmpty, "\(run)")
            #expect(run.talk.hasPrefix("footfall: \(source): \(path): ~ is not expanded here"), "\(run)")
        }
        #expect(try runElsewhere(["track", "A", "--state-dir", "./\(path)"]).run.status == 0)
    }

    // MARK: - Configuration

    private enum Obstacle: CaseIterable { case file, loop, danglingLink, directory, longName }

    @Test(arguments: Obstacle.allCases, [["track", "A"], ["status"], ["flush"], ["send"]])
    private func endsWhereItCannotLookForTheConfiguration(_ obstacle: Obstacle, _ arguments: [String]) throws {
        let config = "\(footfall.home)/config"
        var file = "\(config)/footfall/default.json"
        let problem: String
        switch obstacle {
        case .file:
            _ = try footfall.write("config", "a file")
            problem = "Not a directory"
        case .loop:
            symlink(config, config)
            problem = "Too many levels of symbolic links"
        case .danglingLink:
            mkdir(config, 0o700)
            mkdir("\(config)/footfall", 0o700)
            symlink("/nonexistent", file)
            problem = "No such file or directory"
        case .directory:
            for path in [config, "\(config)/footfall", file] { mkdir(path, 0o700) }
            problem = "Is a directory"
        case .longName:
            let long = "\(footfall.home)/\(String(repeating: "x", count: 300))"
            footfall.environment["XDG_CONFIG_HOME"] = long
            file = "\(long)/footfall/default.json"
            problem = "File name too long"
        }
        let run = try footfall.run(arguments, "")
        #expect(run.status == 64, "\(run)")
        #expect(run.talk.hasPrefix("footfall: \(file): it cannot be read ("), "\(run)")
        #expect(run.talk.contains(problem) && run.talk.split(separator: "\n").count == 1, "\(run)")
        #expect(access(footfall.state, F_OK) != 0, "nothing is stored for the wrong destinations")
        let other = try footfall.write("other.json", "{}")
        #expect(try footfall("track", "A", "--config", other).status == 0)
    }

    @Test(.enabled(if: geteuid() == 0 && access("/usr/bin/setpriv", X_OK) == 0))
    func endsWhereItMayNotEnterTheDirectoryOfTheConfiguration() throws {
        mkdir("\(footfall.home)/config", 0o700)
        chmod(footfall.home, 0o755)
        footfall.starter = ["setpriv", "--reuid", "4000000123", "--regid", "4000000123", "--clear-groups"]
        footfall.environment["XDG_STATE_HOME"] = "/nonexistent"
        let run = try footfall("status")
        #expect(run.status == 64, "\(run)")
        let file = "\(footfall.home)/config/footfall/default.json"
        #expect(
            run.talk == "footfall: \(file): it cannot be read (Permission denied); name another file with --config\n")
    }

    @Test func namesAProfileWithoutAFile() throws {
        mkdir("\(footfall.home)/config", 0o700)
        mkdir("\(footfall.home)/config/footfall", 0o700)
        _ = try footfall.write("config/footfall/kiosk.json", "{}")
        let places = "\(footfall.home)/config/footfall/kisok.json and /etc/footfall/kisok.json are not there"
        let run = try footfall("track", "A", "--profile", "kisok")
        #expect(run.status == 0, "a profile may be a store alone")
        #expect(
            run.talk
                == "footfall: warning: --profile: \(places), so all settings are the defaults; did you mean \"kiosk\"?\n"
        )
        footfall.environment["FOOTFALL_PROFILE"] = "kisok"
        #expect(try footfall("track", "A").talk.hasPrefix("footfall: warning: FOOTFALL_PROFILE: \(places)"))
        #expect(try footfall("track", "A", "--quiet").talk.isEmpty)
        #expect(try footfall("track", "A", "--profile", "kiosk").talk.isEmpty)
        #expect(try footfall("track", "A", "--profile", "default").talk.isEmpty)
        #expect(try footfall("track", "A", "--profile", "other").talk.contains("; make one of them, with {} in it"))
        let other = try footfall.write("other.json", "{}")
        #expect(try footfall("track", "A", "--config", other).talk.isEmpty, "the profile names the store")
    }

    // MARK: - Names

    @Test(arguments: [
        ("FOOTFALL_WRITEKEY", "FOOTFALL_WRITE_KEY"), ("FOOTFALL_WRIET_KEY", "FOOTFALL_WRITE_KEY"),
        ("footfall_write_key", "FOOTFALL_WRITE_KEY"), ("FOOTFALLWRITE_KEY", "FOOTFALL_WRITE_KEY"),
        ("FOOTFALL_ENDPIONT", "FOOTFALL_ENDPOINT"), ("FOOTFALL_CONFIG_FILE", "FOOTFALL_CONFIG"),
        ("FOOTFALL_STATE", "FOOTFALL_STATE_DIR"), ("FOOTFALL_STATEDIR", "FOOTFALL_STATE_DIR"),
        ("FOOTFALL_SESSIONS", "FOOTFALL_SESSION"), ("FOOTFALL_PROFIL", "FOOTFALL_PROFILE"),
    ])
    func namesAMisspeltVariableOnce(_ name: String, _ meant: String) throws {
        footfall.environment[name] = "x"
        for arguments in [["track", "A"], ["status"]] {
            let run = try footfall.run(arguments, "")
            #expect(run.status == 0)
            #expect(
                run.talk == "footfall: warning: \(name): no such variable is read; did you mean \(meant)?\n", "\(run)")
        }
        #expect(try footfall("track", "A", "--quiet").talk.isEmpty)
    }

    @Test func leavesOtherVariablesAlone() throws {
        for name in [
            "FOOTFALL_SOAK", "FOOTFALL_SEED", "FOOTFALL_TESTS", "FOOTFALL_HOME", "FOOTFALL", "FOOTFALL_", "FOOTFALL_S",
            "FOOTFALL_LIBCURL", "OTHER_WRITEKEY", "XDG_STATE_HOMES",
        ] { footfall.environment[name] = "" }
        #expect(try footfall("track", "A").talk.isEmpty)
        footfall.environment["FOOTFALL_WRITE_KEY_2"] = "KEY"
        let path = try footfall.write(
            "c.json", #"{"destinations": [{"type": "amplitude", "apiKeyVariable": "FOOTFALL_WRITE_KEY_2"}]}"#)
        #expect(try footfall("track", "A", "--config", path).talk.isEmpty, "the configuration names it")
    }

    @Test func takesAnEmptyVariableAsUnset() throws {
        for name in ["WRITE_KEY", "ENDPOINT", "CONFIG", "PROFILE", "STATE_DIR", "SESSION"] {
            footfall.environment["FOOTFALL_\(name)"] = ""
        }
        let run = try footfall("track", "A")
        #expect(run.status == 0 && run.talk.isEmpty, "\(run)")
        #expect(access("\(footfall.state)/store.db", F_OK) == 0)
    }

    @Test(arguments: ["FOOTFALL_PROFILE", "FOOTFALL_STATE_DIR", "FOOTFALL_WRITE_KEY", "FOOTFALL_CONFIG"])
    func refusesAValueThatIsNotUTF8(_ name: String) throws {
        footfall.starter = ["sh", "-c", "export \(name)=\"$(printf 'a\\377')\"; exec \"$@\"", "sh"]
        let run = try footfall("track", "A")
        #expect(run.status == 64 && run.talk == "footfall: \(name): its value is not UTF-8\n", "\(run)")
    }

    @Test func takesNoDirectoryWhoseNameIsNotUTF8() throws {
        footfall.starter = [
            "sh", "-c", "export XDG_STATE_HOME=\"\(footfall.home)/$(printf 'a\\377')\"; exec \"$@\"", "sh",
        ]
        #expect(try footfall("track", "A").status == 0)
        #expect(access("\(footfall.home)/.local/state/footfall/default/store.db", F_OK) == 0)
    }
}
