# SPDX-License-Identifier: MIT
"""The event that a plugin is given."""

from __future__ import annotations

import json
from ctypes import byref
from typing import Any, Final, Optional

from . import _library
from ._values import encode_value


class Event:
    """An event on its way to the store, as a plugin sees and changes it.

    A path names a value, as ``properties.total`` or ``context.app.version``. The event can be used only
    until the plugin's function returns; keep values of it, not the event.

    >>> def mask(event: footfall.Event) -> None:
    ...     if "properties.email" in event:
    ...         event["properties.email"] = "***"
    """

    __slots__ = ("_library", "_pointer")

    def __init__(self, library: _library.Library, pointer: int) -> None:
        self._library: Final = library
        self._pointer: Optional[int] = pointer

    @property
    def type(self) -> str:
        """``track``, ``identify``, ``screen``, ``page``, ``group`` or ``alias``."""
        return str(self.get("type", ""))

    @property
    def name(self) -> str:
        """The name of a track event, of a screen or of a page; empty if there is none."""
        return str(self.get("event") or self.get("name") or "")

    def get(self, path: str, default: Any = None) -> Any:
        """The value at a path, or the default if there is none."""
        found = _library.Property()
        status = self._library.call.footfall_event_get(self._open(), _bytes(path), byref(found))
        if status != _library.OK or found.kind == _library.END:
            return default
        return _value(found)

    def as_dict(self) -> dict[str, Any]:
        """The whole event, in Segment's form. Changes of the copy do not change the event."""
        found = _library.Property()
        if self._library.call.footfall_event_get(self._open(), None, byref(found)) != _library.OK:
            return {}
        value: dict[str, Any] = _value(found)
        return value

    def __contains__(self, path: str) -> bool:
        return self.get(path, _MISSING) is not _MISSING

    def __getitem__(self, path: str) -> Any:
        value = self.get(path, _MISSING)
        if value is _MISSING:
            raise KeyError(path)
        return value

    def __setitem__(self, path: str, value: object) -> None:
        """Sets the value at a path; objects on the way are made.

        Takes what ``properties`` take. Raises TypeError for a value that has no form in JSON, and
        ValueError for a path that cannot be set.
        """
        self._set(path, _library.Property(None, _library.JSON, _library.Value(text=encode_value(value))))

    def __delitem__(self, path: str) -> None:
        if path not in self:
            raise KeyError(path)
        self._set(path, _library.Property(None, _library.END))

    def __repr__(self) -> str:
        return "<footfall.Event that is gone>" if self._pointer is None else f"<footfall.Event {self.as_dict()!r}>"

    def _set(self, path: str, value: _library.Property) -> None:
        if self._library.call.footfall_event_set(self._open(), _bytes(path), byref(value)) != _library.OK:
            raise ValueError(self._library.last_error())

    def _open(self) -> int:
        if self._pointer is None:
            raise RuntimeError("an event can be used only until the plugin's function returns; keep event.as_dict()")
        return self._pointer

    def _end(self) -> None:
        self._pointer = None


_MISSING: Final = object()


def _bytes(path: str) -> bytes:
    if "\0" in path:
        raise ValueError(f"the path {path!r} has a NUL")
    return path.encode("utf-8")


def _value(found: _library.Property) -> Any:
    if found.kind == _library.INTEGER:
        return found.value.integer
    if found.kind == _library.NUMBER:
        return found.value.number
    if found.kind == _library.BOOLEAN:
        return found.value.integer != 0
    text = found.value.text
    if text is None:
        return None
    if found.kind in (_library.JSON, _library.MEMBERS):
        return json.loads(text)
    return text.decode("utf-8", "replace")
