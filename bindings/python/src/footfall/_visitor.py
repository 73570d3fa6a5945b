# SPDX-License-Identifier: MIT
"""Visits of a shared device."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Optional

if TYPE_CHECKING:
    from ._client import Client

_IDLE_PAUSED: Final = 1
_ATTRACT: Final = 2


class Visitor:
    """The person in front of a shared device, such as a kiosk.

    Each visit is a session with an anonymous id of its own, so that two people are not taken for one.

    >>> analytics.visitor.begin()
    >>> analytics.track("Ticket Sold", {"zone": "A"})
    >>> analytics.visitor.end()
    """

    __slots__ = ("_client",)

    def __init__(self, client: Client) -> None:
        self._client: Final = client

    @property
    def id(self) -> Optional[str]:
        """The anonymous id of the open visit; None when there is none."""
        return self._client._get(4) or None

    def begin(self) -> None:
        """A visitor begins. An open visit ends."""
        self._client._library.call.footfall_visitor_begin(self._client._pointer)

    def end(self, reason: str = "completed") -> None:
        """The visitor left. The reason is a word for the event ``session_end``, as ``cancelled``."""
        self._client._library.call.footfall_visitor_end(
            self._client._pointer, reason.replace("\0", "").encode("utf-8", "replace")
        )

    def pause_idle(self) -> None:
        """Idleness does not end the visit, as while a film plays; for 4 hours at most."""
        self._set(_IDLE_PAUSED, True)

    def resume_idle(self) -> None:
        """Idleness ends the visit again."""
        self._set(_IDLE_PAUSED, False)

    def begin_attract(self) -> None:
        """What is shown attracts passers-by: events open no session."""
        self._set(_ATTRACT, True)

    def end_attract(self) -> None:
        """Events open sessions again."""
        self._set(_ATTRACT, False)

    def _set(self, mode: int, on: bool) -> None:
        self._client._library.call.footfall_visitor_set(self._client._pointer, mode, on)
