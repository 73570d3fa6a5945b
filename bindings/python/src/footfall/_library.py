# SPDX-License-Identifier: MIT
"""Finds, loads and checks ``libfootfall.so.0``, and declares its functions as footfall.h does."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from ctypes import (
    CFUNCTYPE,
    POINTER,
    Structure,
    Union,
    c_bool,
    c_char_p,
    c_double,
    c_int,
    c_int32,
    c_int64,
    c_size_t,
    c_uint64,
    c_void_p,
)
from pathlib import Path
from typing import Any, Final, Optional

from ._errors import LibraryError

NAME: Final = "libfootfall.so.0"

#: Where a wheel with the library has it.
BUNDLED: Final = Path(__file__).with_name("lib") / NAME

#: The first version that has all functions below, and the first that may have removed one.
LEAST_VERSION: Final = 1_000
FIRST_OTHER_VERSION: Final = 1_000_000

OK: Final = 0
INVALID: Final = 1
CLOSED: Final = 2
TIMEOUT: Final = 3

END: Final = 0
TEXT: Final = 1
INTEGER: Final = 2
NUMBER: Final = 3
BOOLEAN: Final = 4
JSON: Final = 5
MEMBERS: Final = 6

FOREIGN: Final = 1

OnError = CFUNCTYPE(None, c_void_p, c_char_p, c_char_p)
OnUser = CFUNCTYPE(None, c_void_p)
Execute = CFUNCTYPE(c_int32, c_void_p, c_void_p)


class Value(Union):
    _fields_ = [("text", c_char_p), ("integer", c_int64), ("number", c_double)]


class Property(Structure):
    _fields_ = [("name", c_char_p), ("kind", c_int), ("value", Value)]


class Host(Structure):
    _fields_ = [
        ("size", c_size_t),
        ("application_id", c_char_p),
        ("application_version", c_char_p),
        ("application_build", c_char_p),
        ("state_directory", c_char_p),
        ("on_error", OnError),
        ("release", OnUser),
        ("user", c_void_p),
    ]


class Options(Structure):
    _fields_ = [
        ("size", c_size_t),
        ("timestamp_ms", c_int64),
        ("message_id", c_char_p),
        ("anonymous_id", c_char_p),
        ("user_id", c_char_p),
        ("context", c_char_p),
        ("integrations", c_char_p),
        ("priority", c_int32),
        ("durability", c_int32),
        ("flags", c_int32),
    ]


class FlushCounts(Structure):
    _fields_ = [
        ("size", c_size_t),
        ("delivered", c_int64),
        ("queued", c_int64),
        ("dropped", c_int64),
        ("dead_lettered", c_int64),
    ]


class Plugin(Structure):
    _fields_ = [
        ("size", c_size_t),
        ("name", c_char_p),
        ("version", c_char_p),
        ("stage", c_int32),
        ("on_failure", c_int32),
        ("execute", Execute),
        ("flush", OnUser),
        ("reset", OnUser),
        ("release", OnUser),
        ("user", c_void_p),
    ]


#: Result and parameters of each function that this package calls.
PROTOTYPES: Final[dict[str, tuple[Any, list[Any]]]] = {
    "footfall_version": (c_char_p, []),
    "footfall_version_number": (c_int32, []),
    "footfall_last_error": (c_char_p, []),
    "footfall_status_name": (c_char_p, [c_int]),
    "footfall_new": (c_void_p, [c_char_p, POINTER(Host)]),
    "footfall_new_from_file": (c_void_p, [c_char_p, POINTER(Host)]),
    "footfall_new_from_profile": (c_void_p, [c_char_p, POINTER(Host)]),
    "footfall_close": (c_int, [c_void_p, c_int32]),
    "footfall_free": (None, [c_void_p]),
    "footfall_record": (c_int, [c_void_p, c_char_p, c_size_t, POINTER(Options)]),
    "footfall_reset": (c_int, [c_void_p]),
    "footfall_session_id": (c_int64, [c_void_p]),
    "footfall_session_start": (None, [c_void_p]),
    "footfall_session_end": (None, [c_void_p]),
    "footfall_get": (c_size_t, [c_void_p, c_int32, c_char_p, c_size_t]),
    "footfall_flush": (None, [c_void_p]),
    "footfall_flush_wait": (c_int, [c_void_p, c_int32, POINTER(FlushCounts)]),
    "footfall_did_become_active": (None, [c_void_p]),
    "footfall_will_resign_active": (None, [c_void_p]),
    "footfall_will_terminate": (None, [c_void_p]),
    "footfall_visitor_begin": (None, [c_void_p]),
    "footfall_visitor_end": (None, [c_void_p, c_char_p]),
    "footfall_visitor_set": (None, [c_void_p, c_int32, c_bool]),
    "footfall_set_recording": (None, [c_void_p, c_bool]),
    "footfall_is_recording": (c_bool, [c_void_p]),
    "footfall_forget": (None, [c_void_p]),
    "footfall_set_network_use": (None, [c_void_p, c_int32]),
    "footfall_add_plugin": (c_uint64, [c_void_p, POINTER(Plugin)]),
    "footfall_remove": (None, [c_void_p, c_uint64]),
    "footfall_event_get": (c_int, [c_void_p, c_char_p, POINTER(Property)]),
    "footfall_event_set": (c_int, [c_void_p, c_char_p, POINTER(Property)]),
}


class Library:
    """The loaded C library; ``call`` has its functions.

    A call is made without the interpreter's lock, so other Python threads run meanwhile.
    """

    def __init__(self, loaded: ctypes.CDLL, origin: str) -> None:
        for name, (result, parameters) in PROTOTYPES.items():
            try:
                function = getattr(loaded, name)
            except AttributeError:
                raise LibraryError(
                    f"{origin}: the function {name} is missing; install a library as new as this package"
                ) from None
            function.restype = result
            function.argtypes = parameters
        self.call: Final[Any] = loaded
        #: The version, as ``0.2.0``.
        self.version: Final[str] = loaded.footfall_version().decode("utf-8", "replace")
        # Structures begin with their size and fields are only appended, so every later 0.x library reads ours.
        if not LEAST_VERSION <= loaded.footfall_version_number() < FIRST_OTHER_VERSION:
            raise LibraryError(f"{origin}: it has version {self.version}, and this package needs 0.1 or a later 0.x")

    def last_error(self) -> str:
        """Why the last call of this thread failed."""
        text: bytes = self.call.footfall_last_error() or b""
        return text.decode("utf-8", "replace")


def _candidates() -> Iterator[tuple[str, int]]:
    """What is tried, in this order, with the mode for dlopen."""
    if path := os.environ.get("FOOTFALL_LIBRARY"):
        yield path, os.RTLD_NOW
        return
    # A program that embeds Python and is linked to the library must not get a second copy with a second SQLite.
    yield NAME, os.RTLD_NOW | os.RTLD_NOLOAD
    if BUNDLED.exists():
        yield str(BUNDLED), os.RTLD_NOW
    yield NAME, os.RTLD_NOW
    # Where `make install` puts it, for a machine on which ldconfig was not run.
    yield f"/usr/local/lib/{NAME}", os.RTLD_NOW


_loaded: Optional[Library] = None


def load() -> Library:
    """The library, which is loaded with the first call.

    The first of these is taken: the path in ``FOOTFALL_LIBRARY``, the library if this process has loaded
    it, the one in this package, the system's.

    Raises LibraryError, which names what was tried.
    """
    global _loaded
    if _loaded is not None:
        return _loaded
    problems = []
    for path, mode in _candidates():
        try:
            loaded = ctypes.CDLL(path, mode=mode)
        except OSError as error:
            if not mode & os.RTLD_NOLOAD:
                problems.append(str(error))
            continue
        _loaded = Library(loaded, path)
        return _loaded
    raise LibraryError(
        f"{NAME} cannot be loaded: {'; '.join(problems)}; install libfootfall0, or set FOOTFALL_LIBRARY to its path"
    )
