// SPDX-License-Identifier: MIT
import Footfall
import FootfallStore
import Glibc
import TestSupport
import Testing

extension Reliability {
    /// `footfall run`: the program runs and ends as it would alone.
    @Suite struct RunTests {
        let folder = TemporaryDirectory()

        private var options: [String] { ["--state-dir", folder("state")] }

        private func start(_ program: [String], _ more: [String] = []) throws -> ChildProcess {
            try ChildProcess(["run"] + options + more + ["--"] + program, program: ChildProcess.command)
        }

        private func run(_ program: [String], _ more: [String] = []) throws -> ProcessEnding {
            try ChildProcess.run(["run"] + options + more + ["--"] + program, program: ChildProcess.command)
        }

        /// The properties of the stored events with a name.
        private func stored(_ name: String) throws -> [JSONObject] {
            try storedEvents(folder("state")).filter { $0["event"] == .string(name) }
                .compactMap { $0["properties"]?.objectValue }
        }

        private func finish() throws -> JSONObject {
            let ends = try stored("Command Finished")
            #expect(ends.count == 1)
            return try #require(ends.first)
        }

        /// A shell that says `ready`, waits for signals and does what `traps` says.
        private func waiting(_ traps: String) -> [String] {
            ["sh", "-c", "sleep 60 & p=$!; \(traps); echo ready $PPID; while :; do wait $p; done"]
        }

        @Test func recordsTheStartAndTheEnd() throws {
            let ending = try run(
                ["sh", "-c", "exit 7"], ["--name", "backup", "room=lobby", "--context", "till[id]:=3"])
            #expect(ending.status == 7 && ending.output.isEmpty, "\(ending)")
            let start = try #require(try stored("Command Started").first)
            let end = try finish()
            #expect(start["name"] == "backup" && start["room"] == "lobby")
            #expect(end["name"] == "backup" && end["room"] == "lobby" && end["exitStatus"] == 7)
            #expect(end["signal"] == nil)
            #expect(end["durationMs"]?.intValue ?? -1 >= 0)
            #expect(start["run"]?.stringValue?.utf8.count == 36 && start["run"] == end["run"])
            for event in try storedEvents(folder("state")) where event["event"] != "session_start" {
                #expect(event["context"]?.objectValue?["till"] == ["id": 3])
            }
        }

        @Test func namesARunByItsProgram() throws {
            #expect(try run(["/bin/true"]).isClean)
            #expect(try finish()["name"] == "true")
        }

        /// The bytes of an argument need not be text.
        @Test func passesArgumentsInputAndOutputOnUntouched() throws {
            let state = folder("state")
            let script = """
                printf 'in\\377put' | "$0" run --state-dir \(state) -- \
                sh -c 'printf "%s|" "$@"; cat; printf err >&2' x "a b" "" --json -- "$(printf '\\377')" | od -An -c
                """
            let ending = try ChildProcess.run(["-c", script, ChildProcess.command], program: "sh")
            let shown = ending.output.split { $0 == " " || $0 == "\n" }.joined()
            #expect(shown == "errab||--json|--|377|in377put", "\(ending)")
        }

        @Test func endsByTheSignalThatEndedTheProgram() throws {
            let ending = try run(["sh", "-c", "kill -KILL $$"])
            #expect(ending.signal == SIGKILL, "\(ending)")
            let end = try finish()
            #expect(end["signal"] == "SIGKILL" && end["exitStatus"] == nil)
        }

        @Test(arguments: [("INT", SIGINT), ("TERM", SIGTERM), ("HUP", SIGHUP), ("USR1", SIGUSR1)])
        func passesASignalOn(_ name: String, _ number: Int32) throws {
            let process = try start(waiting("trap 'kill $p; exit 9' \(name)"))
            #expect(process.line()?.hasPrefix("ready") == true)
            kill(process.id, number)
            let ending = process.wait(atMost: .seconds(30))
            #expect(ending.status == 9, "\(ending)")
            #expect(try finish()["exitStatus"] == 9)
        }

        @Test func endsWithAProgramThatASignalEnds() throws {
            let process = try start(["sh", "-c", "echo ready; exec sleep 60"])
            #expect(process.line() == "ready")
            kill(process.id, SIGTERM)
            #expect(process.wait(atMost: .seconds(30)).signal == SIGTERM)
            #expect(try finish()["signal"] == "SIGTERM")
        }

        @Test func storesTheStartWhileTheProgramRunsAndThenHasNothingOpen() throws {
            let process = try start(waiting("trap 'kill $p; exit 0' TERM"))
            #expect(process.line()?.hasPrefix("ready") == true)
            let isStored = poll { (try? stored("Command Started").count) ?? 0 == 1 }
            #expect(isStored)
            let isClosed = try poll { try !OpenFiles.of(process.id).contains { $0.hasPrefix(folder.path) } }
            #expect(isClosed)
            kill(process.id, SIGTERM)
            #expect(process.wait(atMost: .seconds(30)).isClean)
            #expect(try stored("Command Finished").count == 1)
        }

        @Test func doesNotWaitForADaemonOfTheProgram() throws {
            let script = """
                setsid sh -c 'echo $$ >\(folder("id")); exec sleep 60' </dev/null >/dev/null 2>&1 &
                while ! [ -s \(folder("id")) ]; do :; done
                exit 3
                """
            let ending = try run(["sh", "-c", script])
            #expect(ending.status == 3 && !ending.isOverdue, "\(ending)")
            let daemon = try #require(pid_t(try folder.text(of: "id").split(separator: "\n").first ?? ""))
            #expect(kill(daemon, 0) == 0, "it goes on")
            kill(daemon, SIGKILL)
        }

        @Test func leavesClosedDescriptorsClosed() throws {
            let script = """
                for n in 0 1 2; do if [ -e /proc/$$/fd/$n ]; then s=$s$n; fi; done; echo "open:$s" >\(folder("seen"))
                """
            let starter = #"exec "$0" run --state-dir "$1" -- sh -c "$2" <&- >&- 2>&-"#
            let ending = try ChildProcess.run(
                ["-c", starter, ChildProcess.command, folder("state"), script], program: "sh")
            #expect(ending.isClean, "\(ending)")
            #expect(try folder.text(of: "seen") == "open:\n")
            #expect(try finish()["exitStatus"] == 0)
        }

        /// The signal mask, the ignored signals, the environment, the group, the directory and the descriptors.
        @Test func changesNothingThatAProgramInherits() throws {
            let look = """
                trap '' USR2; "$@" sh -c 'grep -E "^Sig(Blk|Ign|Cgt)" /proc/self/status; env | grep -v ^_= | sort; pwd; \
                umask; ls -l /proc/self/fd | sed "s/.* -> //; s/[0-9]*//g"; cut -d" " -f5 /proc/self/stat'
                """
            let alone = try ChildProcess.run(["-c", look, "x", "env"], program: "sh")
            let inside = try ChildProcess.run(
                ["-c", look, "x", ChildProcess.command, "run"] + options + ["--"], program: "sh")
            #expect(alone.isClean && alone.output.contains("SigIgn"), "\(alone)")
            #expect(inside.output == alone.output)
        }

        @Test func keepsAStatusThatTheParentWantsIgnored() throws {
            // A parent that ignores SIGCHLD hears of no status; what it starts inherits that.
            let script = #"trap '' CHLD; exec "$0" run --state-dir "$1" -- sh -c 'exit 5'"#
            let ending = try ChildProcess.run(["-c", script, ChildProcess.command, folder("state")], program: "sh")
            #expect(ending.status == 5, "\(ending)")
        }

        @Test(arguments: [
            ["--config", "/nonexistent/config.json"], ["--state-dir", "/proc/nope"], ["--state-dir", "/dev/null/x"],
            ["--context", "wrong"], ["k:=nope"], ["k=@/nonexistent"], ["--properties", "-"],
        ])
        func runsTheProgramWhateverIsWrong(_ wrong: [String]) throws {
            let ending = try ChildProcess.run(
                ["run"] + (wrong.first == "--state-dir" ? [] : options) + wrong + [
                    "--", "sh", "-c", "echo ran; exit 5",
                ],
                program: ChildProcess.command)
            #expect(ending.status == 5, "\(ending)")
            #expect(ending.output.contains("ran\n"))
            #expect(ending.output.contains("footfall: the run of sh is not recorded: "), "\(ending.output)")
        }

        @Test func runsTheProgramWhileAnotherProcessHasTheStore() throws {
            #expect(try run(["/bin/true"]).isClean)
            try inspect(folder("state")) { store in
                try store.transaction { (_) throws(StoreError) in
                    // Nothing can be stored until the transaction ends.
                    let ending = try? run(["sh", "-c", "exit 5"])
                    #expect(ending?.status == 5, "\(String(describing: ending))")
                    #expect(
                        ending?.output.contains("the store is still in use") == true, "\(String(describing: ending))")
                }
            }
            #expect(try stored("Command Finished").count == 1, "the event was given up")
        }

        @Test func recordsNothingForAUserWhoIsNotToBeTracked() throws {
            let ending = try ChildProcess.run(
                ["run"] + options + ["--", "sh", "-c", "exit 4"], program: ChildProcess.command,
                environment: ["DO_NOT_TRACK": "1"])
            #expect(ending.status == 4 && ending.output.isEmpty, "\(ending)")
            #expect(access(folder("state"), F_OK) != 0)
        }

        @Test func endsAsAShellDoesWhenTheProgramCannotBeStarted() throws {
            let missing = try run(["/nonexistent/program"])
            #expect(missing.status == 127, "\(missing)")
            #expect(missing.output.contains("/nonexistent/program: it cannot be started: No such file or directory"))
            #expect(try finish()["exitStatus"] == 127)
            #expect(try finish()["error"] == "No such file or directory")
            #expect(try stored("Command Started").isEmpty)
            try folder.write("exit 0", to: "data")
            #expect(try run([folder("data")]).status == 126, "it is not executable")
            chmod(folder("data"), 0o700)
            #expect(try run([folder("data")]).isClean, "a script without #!")
            #expect(try run([""]).status == 127)
        }

        @Test func doesNotRunAnythingWhenItsOwnOptionsAreWrong() throws {
            let wrong = try run(["touch", folder("ran")], ["--nmae", "x"])
            #expect(wrong.status == 64, "\(wrong)")
            let missing = try ChildProcess.run(["run", "touch", folder("ran")], program: ChildProcess.command)
            #expect(missing.status == 64 && missing.output.contains("footfall run -- touch"), "\(missing)")
            #expect(access(folder("ran"), F_OK) != 0)
        }

        @Test(.enabled(if: Need.terminal, "script(1) makes no terminal here"))
        func aKeyOfTheTerminalReachesTheProgramOnce() throws {
            let program = waiting("trap 'echo interrupted' INT; trap 'kill $p; exit 4' USR1")
            let words = [ChildProcess.command, "run"] + options + ["--"] + program
            let quoted = words.map { word in
                "'\(word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#))'"
            }
            let line = "exec " + quoted.joined(separator: " ")
            let process = try ChildProcess(["-qec", line, "/dev/null"], program: "script")
            let ready = try #require(process.line())
            #expect(ready.hasPrefix("ready "))
            let id = try #require(pid_t(ready.dropFirst(6).filter(\.isNumber)))
            process.write("\u{3}")
            var seen = ""
            while !seen.contains("interrupted"), let line = process.line() { seen += line }
            #expect(seen.contains("interrupted"))
            // What follows comes after any second one.
            kill(id, SIGUSR1)
            let ending = process.wait(atMost: .seconds(30))
            #expect(ending.status == 4, "\(ending)")
            #expect(ending.output.occurrences(of: "interrupted").count == 1, "\(ending)")
            #expect(try finish()["exitStatus"] == 4)
        }

        @Test(.enabled(if: Need.terminal, "script(1) makes no terminal here"))
        func stopsAndGoesOnWithItsJob() throws {
            let words = [ChildProcess.command, "run"] + options + ["--"]
            let script = """
                set -m
                \(words.map { "'\($0)'" }.joined(separator: " ")) sh -c 'kill -TSTP 0; echo continued; exit 6'
                echo stopped $?
                fg >/dev/null
                echo ended $?
                """
            let file = try folder.write(script, to: "job")
            let ending = try ChildProcess.run(["-qec", "bash \(file)", "/dev/null"], program: "script")
            let lines = ending.output.split(whereSeparator: \.isNewline)
            #expect(lines.contains("stopped 148"), "\(ending)")
            #expect(lines.contains("continued"), "\(ending)")
            #expect(lines.contains("ended 6"), "\(ending)")
        }
    }
}
