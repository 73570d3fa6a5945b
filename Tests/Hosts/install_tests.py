#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What `make install` puts down: the files, their versions, and the units of systemd.

    FOOTFALL_PREFIX=/usr/local Tests/Hosts/install_tests.py
"""

import ctypes
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from support import COMMAND, PREFIX, ROOT, HostTest, environment, main

UNITS = PREFIX / "lib" / "systemd"
# The most that `systemd-analyze security` may give, in tenths. What a manager of a user can do without a user
# namespace is less.
EXPOSURE = {"system": 25, "user": 65}


def value(unit, key):
    """The last value of a key in a unit, or None."""
    found = re.findall(rf"^{key}=(.*)$", unit.read_text(), re.MULTILINE)
    return found[-1] if found else None


class UnitTests(HostTest):
    def analyze(self, manager, *words):
        """Runs systemd-analyze on the units of a manager; returns its status and what it printed."""
        done = subprocess.run(
            ["systemd-analyze", *(["--user"] if manager == "user" else []), *words],
            cwd=UNITS / manager,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
            env=environment(self.home, XDG_RUNTIME_DIR=str(self.directory)),
        )
        return done.returncode, done.stdout

    def test_verify_finds_nothing(self):
        for manager in EXPOSURE:
            for kind in ("service", "timer"):
                with self.subTest(manager=manager, kind=kind):
                    # The page may not be where man(1) looks: the prefix of a test is in no list.
                    printed = self.analyze(manager, "verify", "--man=no", f"footfall-flush@default.{kind}")
                    self.assertEqual(printed, (0, ""))

    def test_exposure_is_low(self):
        for manager, most in EXPOSURE.items():
            with self.subTest(manager=manager):
                status, printed = self.analyze(
                    manager, "security", "--offline=true", f"--threshold={most}", "footfall-flush@default.service"
                )
                self.assertEqual(status, 0, printed)
                self.assertIn("Overall exposure level", printed)

    def test_service_uses_the_store_that_programs_write(self):
        for manager in EXPOSURE:
            for key in ("StateDirectory", "User", "DynamicUser"):
                self.assertIsNone(value(UNITS / manager / "footfall-flush@.service", key), f"{manager}: {key}")

    def test_timers_do_not_start_all_machines_at_once(self):
        for manager in EXPOSURE:
            timer = UNITS / manager / "footfall-flush@.timer"
            self.assertEqual(value(timer, "RandomizedDelaySec"), "30s")
            self.assertEqual(value(timer, "WantedBy"), "timers.target")

    def start(self, manager, profile, timeout="45s"):
        """Runs the command of a service as the manager would; returns its status and what it printed."""
        line = value(UNITS / manager / "footfall-flush@.service", "ExecStart").replace("%i", profile)
        self.assertIn("--timeout 45s", line)
        line = line.replace("45s", timeout)
        done = subprocess.run(
            line.split(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=100,
            env=environment(self.home),
        )
        return done.returncode, done.stdout

    def test_service_delivers_and_being_offline_is_no_failure(self):
        for manager, profile in (("system", "default"), ("user", "com.example.Kiosk")):
            with self.subTest(manager=manager):
                configuration = self.home / ".config" / "footfall" / f"{profile}.json"
                configuration.parent.mkdir(parents=True, exist_ok=True)
                there = '{"destinations": [{"type": "segment", "writeKey": "k", "endpoint": "http://localhost:PORT/v1/b"}]}'
                configuration.write_text(there.replace("PORT", "1"))
                self.run_program(COMMAND, "track", "Timer Tested", "--profile", profile, "--no-session")
                # It would try again while its time lasts.
                status, printed = self.start(manager, profile, timeout="0.1s")
                self.assertEqual(status, 75, printed)
                self.assertEqual(value(UNITS / manager / "footfall-flush@.service", "SuccessExitStatus"), "75")

                before = len(self.collector.events())
                configuration.write_text(there.replace("PORT", str(self.collector.port)))
                self.assertEqual(self.start(manager, profile), (0, ""))
                self.assertEqual(self.names(self.collector.events()[before:]), ["Timer Tested"])


class UninstallTests(unittest.TestCase):
    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="footfall-install-"))
        self.addCleanup(shutil.rmtree, self.root, ignore_errors=True)

    def script(self, name, *words, status=0):
        done = subprocess.run(
            [ROOT / "scripts" / name, *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
            env={**os.environ, "DESTDIR": str(self.root)},
        )
        self.assertEqual(done.returncode, status, done.stdout)
        return done.stdout

    def files(self):
        return sorted(str(path.relative_to(self.root)) for path in self.root.rglob("*"))

    def test_nothing_is_left_and_nothing_else_removed(self):
        other = self.root / "usr/lib/pkgconfig/other.pc"
        other.parent.mkdir(parents=True)
        other.write_text("other")
        (self.root / "usr/bin").mkdir()
        before = self.files()
        self.script("install", "/usr")
        self.assertIn("usr/bin/footfall", self.files())
        self.assertIn("usr/lib/libfootfall.so.0", self.files())
        self.script("install", "/usr", "/usr/lib/aarch64-linux-gnu")
        self.assertIn("usr/lib/aarch64-linux-gnu/libfootfall.so.0", self.files())
        self.assertNotIn("usr/lib/libfootfall.so.0", self.files(), "it is of the earlier installation")
        self.script("uninstall", "/usr")
        self.assertEqual(self.files(), before)
        self.assertIn("name the PREFIX", self.script("uninstall", "/usr", status=66))

    def test_directories_that_others_use_meanwhile_stay(self):
        self.script("install", "--command", "/usr")
        other = self.root / "usr/lib/systemd/user/other.service"
        other.write_text("other")
        self.script("uninstall", "/usr")
        self.assertEqual(
            self.files(),
            ["usr", "usr/lib", "usr/lib/systemd", "usr/lib/systemd/user", "usr/lib/systemd/user/other.service"],
        )

    def test_installed_texts_name_the_prefix_and_no_other_place(self):
        self.script("install", "/opt/footfall")
        for path in self.root.rglob("*"):
            if path.is_file() and not path.is_symlink() and b"\0" not in path.read_bytes():
                text = path.read_text()
                for place in (str(self.root), str(ROOT), "@PREFIX@"):
                    self.assertNotIn(place, text, path)
        unit = self.root / "opt/footfall/lib/systemd/system/footfall-flush@.service"
        self.assertIn("\nExecStart=/opt/footfall/bin/footfall flush", unit.read_text())


class VersionTests(unittest.TestCase):
    def test_all_parts_name_one_version(self):
        def number(path, pattern):
            found = re.search(pattern, path.read_text(), re.MULTILINE)
            self.assertTrue(found, f"{path} has no version")
            return found.group(1)

        library = ctypes.CDLL(str(next(PREFIX.glob("lib/**/libfootfall.so.0"))))
        library.footfall_version.restype = ctypes.c_char_p
        debian = number(ROOT / "debian/changelog", r"\Afootfall \((.*)\)")
        versions = {
            "library": library.footfall_version().decode(),
            "Swift": number(ROOT / "Sources/Footfall/API/Version.swift", r'static let current = "(.*)"'),
            "Python": number(ROOT / "bindings/python/src/footfall/_version.py", r'__version__: Final = "(.*)"'),
            "pkg-config": number(next(PREFIX.glob("lib/**/footfall.pc")), r"^Version: (.*)$"),
            "CMake": number(next(PREFIX.glob("lib/**/footfall-config-version.cmake")), r'PACKAGE_VERSION "(.*)"'),
            "Debian": debian,
            "README": number(ROOT / "README.md", r'footfall", from: "(.*)"'),
            "DocC": number(ROOT / "Sources/Footfall/Footfall.docc/WritingAPlugin.md", r'footfall", from: "(.*)"'),
            "command": subprocess.run([COMMAND, "--version"], stdout=subprocess.PIPE, text=True).stdout.strip(),
        }
        self.assertEqual(versions, dict.fromkeys(versions, versions["Swift"]))
        major, minor, patch = map(int, debian.split("."))
        self.assertEqual(library.footfall_version_number(), 1_000_000 * major + 1_000 * minor + patch)


if __name__ == "__main__":
    main()
