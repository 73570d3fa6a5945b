# SPDX-License-Identifier: MIT
"""Footfall: analytics events that survive, from Python.

A program that is used by one person makes a client:

>>> import footfall
>>> with footfall.Analytics(write_key="WRITE_KEY", application_id="com.example.Tickets") as analytics:
...     analytics.track("Ticket Sold", {"total": 59.90})

A server that records for many users may call the functions of this package, which have the signatures of
segment-analytics-python:

>>> footfall.write_key = "WRITE_KEY"
>>> footfall.track("user-42", "Order Completed", {"total": 59.90})

Importing the package loads nothing; the C library is loaded with the first client.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from os import PathLike as _PathLike
from typing import Any, Optional, Union

from ._analytics import Analytics, PluginFunction
from ._client import ErrorHandler
from ._errors import ConfigurationError, FootfallError, LibraryError
from ._event import Event
from ._logging import Handler
from ._options import EventOptions, Id, UserEventOptions
from ._report import FlushReport
from ._segment import alias, flush, group, identify, join, page, screen, shutdown, track
from ._version import __version__
from ._visitor import Visitor

__all__ = [
    "Analytics",
    "ConfigurationError",
    "ErrorHandler",
    "Event",
    "EventOptions",
    "FlushReport",
    "FootfallError",
    "Handler",
    "Id",
    "LibraryError",
    "PluginFunction",
    "UserEventOptions",
    "Visitor",
    "__version__",
    "alias",
    "flush",
    "group",
    "identify",
    "join",
    "library_version",
    "page",
    "screen",
    "shutdown",
    "track",
]

# Settings of the functions `track`, `identify` and so on. The first call reads them and makes the client.

#: The key of a Segment source.
write_key: Optional[str] = None
#: Instead of, or beside, a key: the path of a configuration file, or a dict with its keys; see Analytics.
configuration: Union[Mapping[str, Any], str, _PathLike[str], None] = None
#: As ``com.example.Shop``. It names the store. If it is missing, and the configuration has none, it is made of the
#: program's name and the key.
application_id: Optional[str] = None
#: As ``2.1.0``.
application_version: Optional[str] = None
#: Called with an exception and an empty list for each problem, as Segment's. Without it, problems are logged.
on_error: Optional[Callable[[Exception, list[Any]], object]] = None
#: The server, if it is not Segment's; the path ``/v1/batch`` is added.
host: str = "https://api.segment.io"
#: With False nothing is recorded, as in tests.
send: bool = True
#: With True each call waits for its delivery, for 10 seconds at most.
sync_mode: bool = False
#: With True the logger ``footfall`` shows debug messages.
debug: bool = False
#: Accepted for programs that set them. Bodies are always compressed, events wait on the disk, and retries go on for
#: as long as they are needed.
gzip: bool = True
max_queue_size: int = 10000
timeout: int = 15
max_retries: int = 10


def library_version() -> str:
    """The version of the C library, as ``0.2.0``. Raises LibraryError if it cannot be loaded."""
    from ._library import load

    return load().version
