#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Installs the wheels of the Python package as their users would, and looks at what is in them.

    FOOTFALL_PREFIX=/usr/local WHEELS=dist Tests/Hosts/wheel_tests.py
"""

import email
import os
import pathlib
import platform
import re
import subprocess
import sys
import zipfile

from support import PREFIX, ROOT, HostTest, main, program_of_page

WHEELS = pathlib.Path(os.environ.get("WHEELS", ROOT / "dist")).resolve()
# Where scripts/wheel has auditwheel and the other tools of the package index.
TOOLS = ROOT / ".build" / "wheel" / "bin"
# The program is typed, as a user's own would be who runs mypy.
TYPED = """
import footfall

def mask(event: footfall.Event) -> object:
    event["properties.email"] = "***"
    return None

analytics = footfall.Analytics(write_key="WRITE_KEY", application_id="com.example.Typed")
analytics.add_plugin(mask, name="mask")
taken: bool = analytics.track("Ticket Sold", {"total": 59.90})
report = analytics.flush(timeout=5)
"""


def wheel(kind):
    """The path of one wheel, and what is in it."""
    found = sorted(WHEELS.glob(f"footfall-*-{kind}*.whl"))
    if len(found) != 1:
        raise RuntimeError(f"{WHEELS} has {len(found)} wheels for {kind}; run `make wheel`")
    return found[0]


def metadata(path):
    with zipfile.ZipFile(path) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        fields = email.message_from_bytes(archive.read(name))
        licences = {
            file: archive.read(f"{name.rsplit('/', 1)[0]}/licenses/{file}").decode()
            for file in fields.get_all("License-File", [])
        }
    return fields, licences


class WheelTests(HostTest):
    def install(self, path, *packages):
        """A fresh environment with the wheel; only other packages may come from the index."""
        environment = self.directory / "environment"
        self.run_program(sys.executable, "-m", "venv", environment)
        pip = [environment / "bin" / "pip", "install", "-q", "--disable-pip-version-check"]
        self.run_program(*pip, "--no-index", path)
        if packages:
            self.run_program(*pip, *packages)
        return environment / "bin" / "python"

    def delivers(self, python, **more):
        """Runs the program of the page, and returns the library that it loaded."""
        program = self.collector.address_in(program_of_page("python.md", "python", indent="   "))
        look = 'print(*sorted({line.split()[-1] for line in open("/proc/self/maps") if ".so" in line}))\n'
        (self.directory / "tickets.py").write_text(program + look)
        printed = self.run_program(python, "tickets.py", **more)
        self.assertIn("FlushReport(is_complete=True, delivered=2, queued=0, dropped=0, dead_lettered=0)", printed)
        events = self.collector.wait_for(2)
        self.assertEqual(self.names(events), ["session_start", "Ticket Sold"])
        self.assertEqual(events[1]["properties"], {"total": 59.9, "seats": ["A1", "A2"]})
        return [library for library in printed.split() if "libfootfall" in library or "libsqlite3" in library]

    def test_wheel_for_this_platform_delivers_with_its_own_library(self):
        # Nothing of the installed library may be found.
        libraries = self.delivers(self.install(wheel("manylinux")), LD_LIBRARY_PATH="", PATH="/usr/bin:/bin")
        self.assertEqual(len(libraries), 2, libraries)
        for library in libraries:
            self.assertTrue(library.startswith(str(self.directory)), libraries)

    def test_wheel_for_any_platform_delivers_with_the_installed_library(self):
        libraries = self.delivers(self.install(wheel("any")))
        self.assertIn(str(PREFIX / "lib" / "libfootfall.so.0"), libraries)

    def test_wheel_for_any_platform_says_that_the_library_is_missing(self):
        python = self.install(wheel("any"))
        printed = self.run_program(
            python, "-c", "import footfall; footfall.Analytics(write_key='K', application_id='a.b')", status=1, LD_LIBRARY_PATH=""
        )
        self.assertIn("footfall.LibraryError", printed.splitlines()[-1].replace("_errors.", ""))
        self.assertIn("libfootfall.so.0", printed.splitlines()[-1])

    def test_programs_of_users_are_type_checked(self):
        python = self.install(wheel("any"), "mypy")
        (self.directory / "typed.py").write_text(TYPED)
        self.run_program(python, "-m", "mypy", "--strict", "typed.py")
        (self.directory / "typed.py").write_text(TYPED.replace("timeout=5", 'timeout="5"'))
        printed = self.run_program(python, "-m", "mypy", "--strict", "typed.py", status=1)
        self.assertIn('argument type "str"', printed)

    def test_metadata_has_the_licences_of_what_is_bundled(self):
        fields, licences = metadata(wheel("manylinux"))
        self.assertEqual(
            fields["License-Expression"],
            "MIT AND Apache-2.0 WITH Swift-exception AND GPL-3.0-or-later WITH GCC-exception-3.1 AND blessing",
        )
        self.assertIn("MIT License", licences["LICENSE"])
        self.assertIn("Runtime Library Exception", licences["LICENSE.swift-runtime.txt"])
        self.assertIn("GCC RUNTIME LIBRARY EXCEPTION", licences["LICENSE.gcc-runtime.txt"].upper())
        self.assertIn("public domain", licences["LICENSE.sqlite.txt"])
        fields, licences = metadata(wheel("any"))
        self.assertEqual(fields["License-Expression"], "MIT")
        self.assertEqual(list(licences), ["LICENSE"])

    def test_index_would_take_the_wheels(self):
        self.run_program(TOOLS / "twine", "check", "--strict", wheel("manylinux"), wheel("any"))
        printed = self.run_program(TOOLS / "auditwheel", "show", wheel("manylinux"))
        tag = re.sub(r"\s+", " ", printed)
        self.assertIn(f'"manylinux_2_35_{platform.machine()}"', tag)
        with zipfile.ZipFile(wheel("manylinux")) as archive:
            objects = [name for name in archive.namelist() if ".so" in name]
        self.assertEqual([re.sub(r"-[0-9a-f]+", "", name) for name in objects],
                         ["footfall/lib/libfootfall.so.0", "footfall.libs/libsqlite3.so.0.8.6"])


if __name__ == "__main__":
    main()
