# SPDX-License-Identifier: MIT
"""What the tests of hosts share: an installed library, a collector, and runs of programs with a wall limit."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Where `make install PREFIX=…` has put the library, its headers and the command.
PREFIX = pathlib.Path(os.environ.get("FOOTFALL_PREFIX", "/usr/local"))
COMMAND = PREFIX / "bin" / "footfall"
# No program of these tests takes a second; a machine that does other things may need many.
WALL_LIMIT = 60


def environment(home, **more):
    """The environment of a user who has installed Footfall below PREFIX and owns nothing else."""
    directories = sorted({str(path.parent) for path in (PREFIX / "lib").glob("**/libfootfall.so")})
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "DISPLAY") if name in os.environ}
    return {
        **kept,
        "HOME": str(home),
        "PKG_CONFIG_PATH": ":".join(f"{directory}/pkgconfig" for directory in directories),
        "CMAKE_PREFIX_PATH": str(PREFIX),
        "LD_LIBRARY_PATH": ":".join(directories),
        **more,
    }


class Collector:
    """`footfall collect` on a free port."""

    def __init__(self, directory):
        self.file = pathlib.Path(directory) / "received.ndjson"
        self.file.touch()
        log = pathlib.Path(directory) / "collector.log"
        with log.open("w") as output:
            self.process = subprocess.Popen(
                [COMMAND, "collect", "--port", "0", "--out", self.file],
                stdout=output,
                stderr=output,
                env=environment(directory),
            )
        end = time.monotonic() + WALL_LIMIT
        while not (found := re.search(r"http://127\.0\.0\.1:(\d+)\n", log.read_text())):
            if self.process.poll() is not None or time.monotonic() > end:
                self.process.kill()
                raise RuntimeError(f"footfall collect said {log.read_text()!r}")
            time.sleep(0.01)
        self.port = int(found.group(1))

    def address_in(self, source):
        """A configuration or program of the documentation that sends to this collector."""
        if "localhost:8765" not in source:
            raise RuntimeError("the source does not send to localhost:8765")
        return source.replace("localhost:8765", f"localhost:{self.port}")

    def events(self):
        return [json.loads(line) for line in self.file.read_text().splitlines()]

    def wait_for(self, count):
        """The events, as soon as there are `count` of them, or what has come when the wall limit is over."""
        end = time.monotonic() + WALL_LIMIT
        while len(self.events()) < count and time.monotonic() < end:
            time.sleep(0.02)
        return self.events()

    def close(self):
        self.process.terminate()
        self.process.wait(timeout=WALL_LIMIT)


class HostTest(unittest.TestCase):
    """A test with a directory, a home and a collector of its own."""

    def setUp(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="footfall-host-"))
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)
        self.home = self.directory / "home"
        self.home.mkdir()
        self.collector = Collector(self.directory)
        self.addCleanup(self.collector.close)

    def run_program(self, *command, status=0, cwd=None, stdin="", **more):
        """Runs a program to its end and returns what it printed; another exit status fails the test."""
        done = subprocess.run(
            [str(word) for word in command],
            cwd=cwd or self.directory,
            input=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=WALL_LIMIT,
            env=environment(self.home, **more),
        )
        if done.returncode != status:
            self.fail(f"{' '.join(map(str, command))}: status {done.returncode} instead of {status}\n{done.stdout}")
        return done.stdout

    def copy_example(self, name):
        """An example outside the tree, as a developer would have it, that sends to this test's collector."""
        copy = self.directory / name
        shutil.copytree(ROOT / "examples" / name, copy)
        for file in copy.glob("*.json"):
            file.write_text(self.collector.address_in(file.read_text()))
        return copy

    def names(self, events):
        return [event.get("event") or event["type"] for event in events]


def program_of_page(name, language, indent=""):
    """The first program of a documentation page, exactly as it stands there."""
    page = re.sub(rf"^{indent}", "", (ROOT / "docs" / "hosts" / name).read_text(), flags=re.MULTILINE)
    found = re.search(rf"^```{language}\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    if not found:
        raise RuntimeError(f"docs/hosts/{name} has no block in {language}")
    return found.group(1)


def main():
    print(f"library of {PREFIX}", file=sys.stderr)
    unittest.main(verbosity=2)
