# SPDX-License-Identifier: MIT
"""Fixtures: the C library as it was built, and a fake of it that records its calls."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import footfall
from footfall import _library

ROOT = Path(__file__).resolve().parents[3]
HEADERS = ROOT / "Sources/CFootfall/include"
BUILT = Path(os.environ.get("FOOTFALL_LIBRARY") or ROOT / ".build/library/libfootfall.so.0").resolve()

#: The longest that a process of a test may take. None comes near it unless it hangs.
PROCESS_LIMIT = 60.0


# A shell makes what it starts in the background ignore SIGINT, and programs that the tests start would as well.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def library_path() -> Path:
    """The built library. Without it the tests fail: they would hold nothing if they were skipped."""
    assert BUILT.exists(), f"{BUILT} is not there; run `make library` first"
    return BUILT


@pytest.fixture(autouse=True)
def _own_directories(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test writes into the user's directories or reads the user's configuration."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("DO_NOT_TRACK", raising=False)
    for name in list(os.environ):
        if name.startswith("FOOTFALL_") and name != "FOOTFALL_LIBRARY":
            monkeypatch.delenv(name)


class Home:
    """A client's directory, and the file that its events are delivered to."""

    def __init__(self, directory: Path) -> None:
        self.file = directory / "events.ndjson"
        self.state = directory / "store"
        self.configuration: dict[str, Any] = {
            "application": {"id": "org.example.Test"},
            "session": False,
            "destinations": [{"type": "file", "path": str(self.file)}],
        }
        self.problems: list[footfall.FootfallError] = []

    def client(self, **configuration: Any) -> footfall.Analytics:
        return footfall.Analytics(
            {**self.configuration, **configuration}, state_directory=self.state, on_error=self.problems.append
        )

    def delivered(self) -> list[dict[str, Any]]:
        if not self.file.exists():
            return []
        return [json.loads(line) for line in self.file.read_text(encoding="utf-8").splitlines()]

    def after_flush(self, client: footfall.Analytics) -> list[dict[str, Any]]:
        client.flush(30)
        return self.delivered()


@pytest.fixture
def home(tmp_path: Path, library_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("FOOTFALL_LIBRARY", str(library_path))
    return Home(tmp_path)


@pytest.fixture
def client(home: Home) -> Iterator[footfall.Analytics]:
    with home.client() as client:
        yield client


Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(home: Home, tmp_path: Path) -> Run:
    """Runs Python code in a process of its own, with `home` as the variables `configuration` and `state`."""

    def run(code: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        script = tmp_path / "script.py"
        script.write_text(
            f"import footfall\nconfiguration = {home.configuration!r}\nstate = {str(home.state)!r}\n{code}",
            encoding="utf-8",
        )
        return subprocess.run(
            [sys.executable, str(script), *arguments],
            env={**os.environ, "PYTHONPATH": str(Path(footfall.__file__).parents[1]), **environment},
            capture_output=True,
            text=True,
            timeout=PROCESS_LIMIT,
            check=False,
        )

    return run


def build_fake(directory: Path, *flags: str) -> Path:
    path = directory / "libfake.so"
    sources = [str(Path(__file__).with_name(name)) for name in ("fake.c", "fake_rest.c")]
    subprocess.run(["cc", "-shared", "-fPIC", f"-I{HEADERS}", *flags, *sources, "-o", str(path)], check=True)
    return path


@pytest.fixture(scope="session")
def fake_library(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    loaded = ctypes.CDLL(str(build_fake(tmp_path_factory.mktemp("fake"))))
    loaded.fake_event.restype = ctypes.c_char_p
    loaded.fake_options.restype = ctypes.POINTER(_library.Options)
    return loaded


class Fake:
    """A client of the fake library."""

    def __init__(self, loaded: ctypes.CDLL) -> None:
        self.call = loaded
        self.problems: list[footfall.FootfallError] = []
        self.client = footfall.Analytics({}, on_error=self.problems.append)

    @property
    def event(self) -> dict[str, Any]:
        event: dict[str, Any] = json.loads(self.call.fake_event())
        return event

    @property
    def options(self) -> _library.Options:
        options: _library.Options = self.call.fake_options().contents
        return options


@pytest.fixture
def fake(fake_library: ctypes.CDLL, monkeypatch: pytest.MonkeyPatch) -> Iterator[Fake]:
    monkeypatch.setattr(_library, "_loaded", _library.Library(fake_library, "fake"))
    fake_library.fake_answer(0)
    fake = Fake(fake_library)
    yield fake
    fake_library.fake_answer(0)
    fake.client.close()
