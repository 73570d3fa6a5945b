# SPDX-License-Identifier: MIT
"""Compares the small program that is installed as `footfall` with the whole command: plain_tests.py [DIRECTORY].

DIRECTORY has bin/footfall and libexec/footfall/footfall; `make command` makes it."""
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

root = pathlib.Path(sys.argv.pop(1) if len(sys.argv) > 1 else ".build/command").resolve()
small, whole = root / "bin/footfall", root / "libexec/footfall/footfall"

# What scripts write. The small program stores these itself, and says the same of the others that are wrong.
plain = [
    ["track", "Door Opened"],
    ["track", "Door Opened", "door=north", "count:=3", "open:=true", "list:=[1,2]", "empty="],
    ["track", "Tür geöffnet", "ort=Zürich"],
    ["--quiet", "track", "Door Opened", "--json", "a=1"],
    ["track", "--verbose", "Door Opened"],
    ["--profile", "kiosk", "track", "Door Opened"],
    ["track", "", "a=1"],
    ["track", "Door Opened", "no sign"],
    ["track", "Door Opened", "a:={"],
    ["--config", "missing.json", "track", "Door Opened"],
    ["--state-dir", "~/x", "track", "Door Opened"],
    ["track", "Big", "text=" + "x" * 40_000],
]
# The whole command reads these.
others = [
    [],
    ["track"],
    ["--version"],
    ["track", "--help"],
    ["track", "Door Opened", "--user", "u", "--dry-run"],
    ["identify", "u", "plan=pro"],
    ["status", "--json"],
    ["trakc", "Door Opened"],
    ["track", "Door Opened", "--wait=x"],
    ["track", b"\xff"],
]


class PlainCommand(unittest.TestCase):
    def setUp(self):
        self.directory = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.directory)

    def environment(self, name, **more):
        home = self.directory / name
        home.mkdir(exist_ok=True)
        return {"PATH": os.environ["PATH"], "HOME": str(home), **more}

    def run_in(self, name, program, arguments, **more):
        """The status and the texts of a run, without what differs from run to run."""
        result = subprocess.run(
            [program, *arguments], env=self.environment(name, **more), cwd=self.directory / name, stdin=subprocess.DEVNULL,
            capture_output=True, timeout=60, check=False)
        # The names of both directories have one length, so tables look alike.
        texts = (result.stdout + b"|" + result.stderr).decode(errors="replace").replace(f"/{name}", "/home")
        return result.returncode, re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d{4}-\d\d-\d\dT[\d:.]+Z|\d{10,}", "…", texts)

    def executed(self, arguments, **more):
        """How many programs a run is, one after the other."""
        log = self.directory / "execve"
        subprocess.run(
            ["strace", "-o", log, "-e", "trace=execve", small, *arguments], env=self.environment("small", **more),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60, check=False)
        return log.read_text().count("execve(")

    def events(self, name):
        """The events of a store, without what is of their run."""
        status = json.loads(subprocess.run(
            [whole, "status", "--json"], env=self.environment(name), capture_output=True, timeout=60, check=True).stdout)
        return status["counters"].get("stored")

    def test_says_and_stores_what_the_whole_command_does(self):
        for arguments in plain + others:
            for more in ({}, {"DO_NOT_TRACK": "1"}, {"FOOTFALL_WRIT_KEY": "k"}, {"FOOTFALL_SESSION": "of"}):
                with self.subTest(arguments=arguments, more=more):
                    self.run_in("small", small, ["track", "first"])
                    self.run_in("whole", whole, ["track", "first"])
                    self.assertEqual(
                        self.run_in("small", small, arguments, **more), self.run_in("whole", whole, arguments, **more))
        self.assertEqual(self.events("small"), self.events("whole"))
        self.assertGreater(self.events("small"), len(plain))

    def test_stores_plain_events_itself(self):
        for arguments in plain:
            self.assertEqual(self.executed(arguments), 1, arguments)
        for arguments in others:
            self.assertEqual(self.executed(arguments), 2, arguments)

    def test_leaves_a_missing_home_to_the_whole_command(self):
        for home in ("", "relative"):
            self.assertEqual(self.executed(["track", "x"], HOME=home, STATE_DIRECTORY=str(self.directory)), 2)

    def test_keeps_an_event_that_it_took_over_a_kill(self):
        kept = 0
        for delay in range(40):
            process = subprocess.Popen([small, "track", "Killed", "--json"], env=self.environment("small"), stdout=subprocess.PIPE)
            try:
                process.wait(0.0005 * delay)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
            kept += b"messageId" in process.communicate()[0]
        stored = self.events("small") or 0
        # An event that was killed before it was told of may be stored. A session's beginning is an event as well.
        self.assertGreaterEqual(stored, kept)
        self.assertLessEqual(stored, 42)

    def test_names_a_missing_whole_command(self):
        (self.directory / "bin").mkdir()
        shutil.copy(small, self.directory / "bin/footfall")
        result = subprocess.run(
            [self.directory / "bin/footfall", "status"], env=self.environment("small"), capture_output=True, text=True, check=False)
        self.assertEqual(result.returncode, 69)
        self.assertIn("libexec/footfall/footfall: No such file or directory; install footfall again", result.stderr)

    def test_is_found_through_a_link(self):
        (self.directory / "footfall").symlink_to(small)
        result = subprocess.run([self.directory / "footfall", "--version"], capture_output=True, text=True, check=True)
        self.assertRegex(result.stdout, r"^\d+\.\d+\.\d+\n$")


if __name__ == "__main__":
    unittest.main()
