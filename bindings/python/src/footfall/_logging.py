# SPDX-License-Identifier: MIT
"""Records of the logging module as events."""

from __future__ import annotations

import logging
import threading
import traceback
from typing import Any, Final

from ._analytics import Analytics


class Handler(logging.Handler):
    """Records log records as events, for example each error of a program.

    >>> logging.getLogger().addHandler(footfall.Handler(analytics))

    The event ``Log Recorded`` has the properties ``level``, ``logger``, ``message``, ``file``, ``line`` and
    ``function``, and for an exception ``exception`` (its type) and ``traceback`` (the last 4,000 characters).
    A message may have data of users: make sure that you may send it, or add a plugin that removes it.

    Footfall's own records, those of the logger ``footfall``, are left out, so that a problem of recording records
    nothing more.
    """

    def __init__(self, analytics: Analytics, level: int = logging.ERROR, *, event: str = "Log Recorded") -> None:
        """Makes a handler.

        Args:
            analytics: The client.
            level: The least level that is recorded.
            event: The name of the event.
        """
        super().__init__(level)
        self._analytics: Final = analytics
        self._event: Final = event
        self._inside: Final = threading.local()

    def emit(self, record: logging.LogRecord) -> None:
        """Records one log record. It raises nothing."""
        # An error handler of the program may log what went wrong with this very event.
        if record.name == "footfall" or record.name.startswith("footfall.") or getattr(self._inside, "on", False):
            return
        self._inside.on = True
        try:
            self._analytics.track(self._event, self._properties(record))
        except Exception:
            self.handleError(record)
        finally:
            self._inside.on = False

    def _properties(self, record: logging.LogRecord) -> dict[str, Any]:
        properties: dict[str, Any] = {
            "level": record.levelname,
            "logger": record.name,
            # With a formatter of one's own, its text; without one, the message alone.
            "message": (self.format(record) if self.formatter else record.getMessage())[:4000],
            "file": record.pathname,
            "line": record.lineno,
            "function": record.funcName,
        }
        if record.exc_info and record.exc_info[0] is not None:
            properties["exception"] = record.exc_info[0].__name__
            properties["traceback"] = "".join(traceback.format_exception(*record.exc_info))[-4000:]
        return properties
