// SPDX-License-Identifier: MIT
import Footfall
import Testing

/// Mistakes in the command line: one line that says what is wrong, why, and what to do.
@Suite struct WrongArgumentTests {
    let footfall = Command()

    @Test(
        arguments: [
            (["staus"], "staus: it is no subcommand; did you mean status?"),
            (["trak", "A", "--user", "x"], "trak: it is no subcommand; did you mean track?"),
            (["--json", "--config", "status", "flsh"], "flsh: it is no subcommand; did you mean flush?"),
            (["sesion", "show"], "sesion: it is no subcommand; did you mean session?"),
            (["session", "shwo"], "shwo: it is no subcommand; did you mean show?"),
            (["session", "--json", "foo", "bar"], "foo: it is no subcommand; see footfall help session"),
            (["dead-letters", "lst"], "lst: it is no subcommand; did you mean list?"),
            (["dead-letters", "--destination", "list", "prge"], "prge: it is no subcommand; did you mean purge?"),
            (["help", "staus"], "staus: it is no subcommand; did you mean status?"),
            (["help", "session", "shwo"], "shwo: it is no subcommand; did you mean show?"),
            (["version"], "version: it is no subcommand; did you mean --version?"),
            ([""], "\"\": it is no subcommand; see footfall help"),
            (
                ["--no-session", "track", "x"],
                "--no-session: write it after the subcommand, as in footfall track --no-session"
            ),
            (["--timeout", "5", "flush"], "--timeout: write it after the subcommand, as in footfall flush --timeout"),
            (["--timeout=5", "flush"], "--timeout: write it after the subcommand, as in footfall flush --timeout"),
            (["--wait", "track", "x"], "--wait: write it after the subcommand, as in footfall track --wait"),
            (
                ["--destination", "x", "dead-letters", "list"],
                "--destination: write it after the subcommand, as in footfall dead-letters list --destination"
            ),
            (["--xyzzy", "track", "x"], "--xyzzy: it is no option; see footfall help track"),
            (["xyzzy"], "xyzzy: it is no subcommand; see footfall help"),
            (["track", "A", "--usr", "x"], "--usr: it is no option; did you mean --user?"),
            (["track", "A", "--xyzzy"], "--xyzzy: it is no option; see footfall help track"),
            (["track", "A", "-x"], "-x: it is no option; see footfall help track"),
            (["destinations", "drp", "x"], "drp: it is no subcommand; did you mean drop?"),
            (["track"], "track: NAME is missing; see footfall help track"),
            (["destinations", "drop"], "destinations drop: NAME is missing; see footfall help destinations drop"),
            (["track", "A", "--user"], "--user: ID is missing; see footfall help track"),
            (
                ["collect", "--port", "99999"],
                "--port: 99999: it must be a whole number from 0 to 65535; see footfall help collect"
            ),
            (
                ["dead-letters", "list", "--id", "it's '1'"],
                "--id: it's '1': it must be a whole number; see footfall help dead-letters list"
            ),
            (
                ["send", "--from-line", "0"],
                "--from-line: 0: it must be a whole number above 0; see footfall help send"
            ),
            (["status", "extra"], "extra: it is one argument too many; see footfall help status"),
            (["status", "a", "b"], "'a', 'b': they are too many arguments; see footfall help status"),
            (["status", "--json=1"], "--json: it takes no value; see footfall help status"),
            (["visitor", "end", "--reason", ""], "--reason: it must have 1 to 100 bytes"),
        ] as [([String], String)])
    func saysWhatIsWrongInOneLine(_ arguments: [String], _ line: String) throws {
        let run = try footfall.run(arguments, "")
        #expect(run.status == 64)
        #expect(run.output.isEmpty)
        #expect(run.talk == "footfall: \(line)\n")
    }

    @Test func showsHelpAsBefore() throws {
        for arguments in [["help"], ["--help"], ["help", "track"], ["track", "-h"], ["session", "--help"]] {
            let run = try footfall.run(arguments, "")
            #expect(run.status == 0, "\(arguments)")
            #expect(run.output.hasPrefix("OVERVIEW: "), "\(arguments)")
            #expect(run.talk.isEmpty)
        }
        #expect(try footfall("--version").lines == [FootfallVersion.current])
        let none = try footfall()
        #expect(none.status == 64)
        #expect(none.talk.hasPrefix("OVERVIEW: "))
    }

    @Test func helpNamesEachDefaultOnce() throws {
        for (arguments, text) in [
            (["help", "collect"], "(default: 8765)"), (["help", "send"], "(default: 1)"),
            (["help", "track"], "(default as flag: 5s)"),
        ] {
            let words = try footfall.run(arguments, "").output.split(whereSeparator: \.isWhitespace)
            let help = words.joined(separator: " ")
            #expect(help.ranges(of: text).count == 1, "\(help)")
            #expect(!help.contains("WaitDuration"))
        }
    }

    @Test func tellsWhatARunUsesWhenAsked() throws {
        let path = try footfall.write(
            "c.json",
            #"{"destinations": [{"type": "file", "path": "\#(footfall.home)/out.ndjson"}, {"type": "segment", "writeKey": "K"}]}"#
        )
        let store = "\(footfall.home)/elsewhere"
        for arguments in [["track", "A"], ["status"], ["flush", "--timeout", "0"], ["session"], ["doctor"]] {
            let run = try footfall.run(arguments + ["--verbose", "--config", path, "--state-dir", store], "")
            #expect(
                run.talk.hasPrefix(
                    "configuration  \(path)\nstore          \(store)\ndestinations   file, segment\n"),
                "\(arguments): \(run.talk)")
        }
        let bare = try footfall("status", "--verbose", "--quiet")
        #expect(
            bare.talk.hasPrefix(
                "configuration  none\nstore          \(footfall.state)\ndestinations   none\n"), "\(bare.talk)")
    }
}
