# SPDX-License-Identifier: MIT
"""The functions that the C library calls.

There is one of each for the whole process, and it is never freed: a thread of the library may still be
inside one when its client is gone. The number in ``user`` says which object a call is for.
"""

from __future__ import annotations

import itertools
import logging
import os
import threading
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, Optional

from . import _library
from ._event import Event
from ._values import reason

if TYPE_CHECKING:
    from ._analytics import PluginFunction
    from ._client import Client

LOG: Final = logging.getLogger("footfall")

KEEP: Final = 0
DROP: Final = 1
FAILED: Final = 2


class PluginUser:
    """What a plugin's calls need."""

    def __init__(self, library: _library.Library, name: str, function: PluginFunction) -> None:
        self.library = library
        self.name = name
        self.function = function
        #: When the call that runs began, and its thread; None while none runs.
        self.running: Optional[tuple[float, int]] = None
        #: The exception that the function raised last.
        self.failure = ""


def blocking(plugins: Iterable[PluginUser], limit: float) -> Optional[PluginUser]:
    """A plugin whose call runs on after so many seconds; None as soon as each call has returned.

    A plugin that asks is not waited for.
    """
    deadline = time.monotonic() + limit
    for plugin in plugins:
        call = plugin.running
        while call is not None and call is plugin.running and call[1] != threading.get_ident():
            if time.monotonic() > deadline:
                return plugin
            time.sleep(0.001)
    return None


_users: Final[dict[int, object]] = {}
_numbers: Final = itertools.count(1)


def add(user: object) -> int:
    """Keeps the object until the library releases it, and gives the number that stands for it."""
    number = next(_numbers)
    _users[number] = user
    return number


def remove(number: int) -> None:
    _users.pop(number, None)


def _release(number: Optional[int]) -> None:
    if number is not None:
        remove(number)


def _named(message: str, plugins: Iterable[PluginUser]) -> str:
    """The problem of a plugin that failed, with its exception instead of the number that the library knows."""
    for plugin in list(plugins):
        if message == f"{plugin.name} failed: execute returned {FAILED}":
            return f"{plugin.name} failed: {plugin.failure}"
    return message


def _on_error(number: Optional[int], code: Optional[bytes], message: Optional[bytes]) -> None:
    client: Optional[Client] = _users.get(number or 0)  # type: ignore[assignment]
    if client is not None:
        text = (message or b"").decode("utf-8", "replace")
        client._report((code or b"").decode("utf-8", "replace"), _named(text, client._plugins))


def _execute(number: Optional[int], pointer: Optional[int]) -> int:
    plugin: Optional[PluginUser] = _users.get(number or 0)  # type: ignore[assignment]
    if plugin is None or pointer is None:
        return KEEP
    event = Event(plugin.library, pointer)
    plugin.running = (time.monotonic(), threading.get_ident())
    try:
        return DROP if plugin.function(event) is False else KEEP
    except BaseException as error:  # SystemExit has no meaning on a thread of the library
        plugin.failure = reason(error)
        LOG.warning("the plugin %s failed at the event %r", plugin.name, event.name, exc_info=True)
        return FAILED
    finally:
        plugin.running = None
        event._end()


def _after_fork_in_child() -> None:
    """The thread that was in a plugin does not exist in the child."""
    for user in list(_users.values()):
        if isinstance(user, PluginUser):
            user.running = None


os.register_at_fork(after_in_child=_after_fork_in_child)

release: Final = _library.OnUser(_release)
on_error: Final = _library.OnError(_on_error)
execute: Final = _library.Execute(_execute)
