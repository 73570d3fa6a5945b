# SPDX-License-Identifier: MIT
"""How the C library is found and checked."""

from __future__ import annotations

import ctypes
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, Run, build_fake

import footfall
from footfall import _library

STRUCTS = [_library.Property, _library.Host, _library.Options, _library.FlushCounts, _library.Plugin]


def test_structs_are_laid_out_as_in_the_header(fake_library: ctypes.CDLL) -> None:
    count = ctypes.c_size_t.in_dll(fake_library, "fake_layout_count").value
    layout = list((ctypes.c_size_t * count).in_dll(fake_library, "fake_layout"))

    ours = []
    for struct in STRUCTS:
        ours.append(ctypes.sizeof(struct))
        ours += [getattr(struct, field[0]).offset for field in struct._fields_]

    assert ours == layout


def test_declares_functions_that_the_header_has() -> None:
    header = (ROOT / "Sources/CFootfall/include/footfall.h").read_text()

    assert [name for name in _library.PROTOTYPES if f"{name}(" not in header] == []


def test_takes_the_library_of_the_variable_first(run: Run, library_path: Path) -> None:
    result = run("from footfall import _library\nprint(_library.load().call._name)")

    assert result.stdout.strip() == str(library_path)


def test_takes_a_library_that_the_process_has_loaded(run: Run, library_path: Path) -> None:
    code = "import ctypes; ctypes.CDLL(LIBRARY)\nfrom footfall import _library\nprint(_library.load().call._name)"

    result = run(code.replace("LIBRARY", repr(str(library_path))), FOOTFALL_LIBRARY="")

    assert result.stdout.strip() == "libfootfall.so.0"


def test_takes_the_library_of_the_package_before_the_systems(
    tmp_path: Path, library_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundled = tmp_path / "libfootfall.so.0"
    monkeypatch.setattr(_library, "BUNDLED", bundled)
    monkeypatch.delenv("FOOTFALL_LIBRARY", raising=False)
    assert str(bundled) not in [path for path, _ in _library._candidates()]

    bundled.symlink_to(library_path)

    paths = [path for path, _ in _library._candidates()]
    assert paths.index(str(bundled)) < max(i for i, path in enumerate(paths) if path == _library.NAME)


@pytest.mark.parametrize("path", ["/nowhere/libfootfall.so.0", str(Path(__file__)), "/"])
def test_says_where_no_library_is(run: Run, path: str) -> None:
    result = run(
        "try: footfall.Analytics({})\nexcept footfall.LibraryError as error: print(error.code, error)",
        FOOTFALL_LIBRARY=path,
    )

    assert result.stdout.startswith("libraryUnavailable libfootfall.so.0 cannot be loaded")
    assert path in result.stdout


def test_functions_do_nothing_without_a_library_and_say_so_once(run: Run) -> None:
    code = "footfall.write_key = 'K'\nfor _ in range(3): print(footfall.track('u', 'E')[0])\nfootfall.shutdown()"

    result = run(code, FOOTFALL_LIBRARY="/nowhere/libfootfall.so.0")

    assert result.returncode == 0
    assert result.stdout.split() == ["False"] * 3
    assert result.stderr.count("cannot be loaded") == 1


def test_refuses_a_library_of_another_major_version(tmp_path: Path) -> None:
    loaded = ctypes.CDLL(str(build_fake(tmp_path, "-DFAKE_VERSION=1000000")))

    with pytest.raises(footfall.LibraryError, match=r"0\.1 or a later 0\.x"):
        _library.Library(loaded, "fake")


def test_refuses_a_library_without_a_function(tmp_path: Path) -> None:
    path = tmp_path / "libold.so"
    subprocess.run(["cc", "-shared", "-x", "c", "/dev/null", "-o", str(path)], check=True)

    with pytest.raises(footfall.LibraryError, match="the function footfall_version is missing"):
        _library.Library(ctypes.CDLL(str(path)), "old")


def test_import_loads_nothing() -> None:
    code = "import footfall; print('libfootfall' in open('/proc/self/maps').read())"

    result = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(Path(footfall.__file__).parents[1])},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )

    assert result.stdout == "False\n"
