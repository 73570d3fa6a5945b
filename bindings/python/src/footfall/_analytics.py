# SPDX-License-Identifier: MIT
"""The client."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from ctypes import byref, sizeof
from typing import TYPE_CHECKING, Any, Final, Literal, Optional, overload

from . import _callbacks, _library
from ._client import Client, milliseconds, text_argument
from ._errors import ConfigurationError
from ._event import Event
from ._options import EventOptions, Id, UserEventOptions
from ._report import FlushReport
from ._visitor import Visitor

if TYPE_CHECKING:
    from typing_extensions import Unpack

#: A plugin. It gets each event. ``False`` drops the event; any other result keeps it.
PluginFunction = Callable[[Event], object]

_STAGES: Final = {"before": 0, "enrichment": 1, "after": 2}
_NETWORK_USES: Final = {"open": 0, "metered": 1, "closed": 2}


class Analytics(Client):
    """A client: it records events, keeps them on the disk, and delivers them when a server can be reached.

    >>> with footfall.Analytics(write_key="WRITE_KEY", application_id="com.example.Tickets") as analytics:
    ...     analytics.track("Ticket Sold", {"total": 59.90, "zone": "A"})

    Every method may be called from any thread. None raises an exception because of the values that it is given,
    and none after ``close``: what goes wrong is told to ``on_error``. Only ``flush`` with a timeout, ``close``,
    ``status``, ``doctor``, and calls with ``durability="immediate"`` wait.

    A program needs one client. Two clients of one ``application_id`` share their store, in one process or in many.
    """

    # Events

    def track(
        self, event: str, properties: Optional[Mapping[str, Any]] = None, **options: Unpack[EventOptions]
    ) -> bool:
        """Records that something happened. When it returns, the event survives the death of the process.

        >>> analytics.track("Ticket Sold", {"total": Decimal("59.90"), "seats": {"A1", "A2"}})
        >>> analytics.track("Ticket Sold", {"zone": "A"}, timestamp=sold_at, priority="critical")

        Args:
            event: What happened; not blank.
            properties: Texts, numbers, bools, None, datetimes, dates, timedeltas (seconds), UUIDs, Decimals, Enums
                (their values), paths, bytes (UTF-8), and dicts, lists, tuples, sets and dataclasses of them.
            **options: See EventOptions.

        Returns:
            Whether the event was taken. If not, ``on_error`` was told why, except after ``close``. Of a value that
            cannot be converted, ``on_error`` is told its place; the event is recorded with null there. The event
            may have 32 KiB.
        """
        return self._record({"type": "track", "event": event, "properties": properties}, options)

    def identify(
        self,
        user_id: Optional[Id] = None,
        traits: Optional[Mapping[str, Any]] = None,
        **options: Unpack[UserEventOptions],
    ) -> bool:
        """Says who the user is, for this and all later events, also of later processes.

        Without a ``user_id``, adds traits to the current user. Returns as `track` does.
        """
        return self._record({"type": "identify", "userId": user_id, "traits": traits}, options)

    def screen(
        self,
        name: str,
        properties: Optional[Mapping[str, Any]] = None,
        *,
        category: Optional[str] = None,
        **options: Unpack[EventOptions],
    ) -> bool:
        """Records that a screen was shown. Returns as `track` does."""
        return self._record({"type": "screen", "name": name, "category": category, "properties": properties}, options)

    def page(
        self,
        name: str,
        properties: Optional[Mapping[str, Any]] = None,
        *,
        category: Optional[str] = None,
        **options: Unpack[EventOptions],
    ) -> bool:
        """Records that a page was shown. Returns as `track` does."""
        return self._record({"type": "page", "name": name, "category": category, "properties": properties}, options)

    def group(self, group_id: Id, traits: Optional[Mapping[str, Any]] = None, **options: Unpack[EventOptions]) -> bool:
        """Says which group the user belongs to. Returns as `track` does."""
        return self._record({"type": "group", "groupId": group_id, "traits": traits}, options)

    def alias(self, new_id: Id, previous_id: Optional[Id] = None, **options: Unpack[UserEventOptions]) -> bool:
        """Says that the user has a new id; without a ``previous_id``, instead of the current one.

        Returns as `track` does.
        """
        return self._record({"type": "alias", "userId": new_id, "previousId": previous_id}, options)

    def reset(self) -> None:
        """Forgets the user: later events have a new anonymous id, no user id and no traits."""
        self._library.call.footfall_reset(self._pointer)

    # Sessions and identity

    @property
    def session_id(self) -> Optional[int]:
        """The session of the last stored event, in milliseconds since 1970; None when none is open."""
        session: int = self._library.call.footfall_session_id(self._pointer)
        return session if session >= 0 else None

    def start_session(self) -> None:
        """Ends the session, if one is open, and begins another at once."""
        self._library.call.footfall_session_start(self._pointer)

    def end_session(self) -> None:
        """Ends the session. The next event opens another."""
        self._library.call.footfall_session_end(self._pointer)

    @property
    def visitor(self) -> Visitor:
        """Visits of a shared device, such as a kiosk."""
        return Visitor(self)

    @property
    def anonymous_id(self) -> str:
        """By which the device is known while no user is; empty while nothing is recorded."""
        return self._get(1)

    @property
    def user_id(self) -> Optional[str]:
        """The user of the last `identify`; None when there is none."""
        return self._get(2) or None

    @property
    def traits(self) -> dict[str, Any]:
        """The traits of the user."""
        traits: dict[str, Any] = json.loads(self._get(3) or "{}")
        return traits

    # Delivering

    @overload
    def flush(self, timeout: None = None) -> None: ...

    @overload
    def flush(self, timeout: float) -> FlushReport: ...

    def flush(self, timeout: Optional[float] = None) -> Optional[FlushReport]:
        """Stores everything, safe from a power cut, and begins to deliver.

        Without a timeout it returns at once. With one, it waits until everything is delivered, nothing more can be
        delivered in the time, or so many seconds are over, and returns what was done.
        """
        if timeout is None:
            self._library.call.footfall_flush(self._pointer)
            return None
        counts = _library.FlushCounts(size=sizeof(_library.FlushCounts))
        status = self._library.call.footfall_flush_wait(self._pointer, milliseconds(timeout), byref(counts))
        return FlushReport(status == _library.OK, counts.delivered, counts.queued, counts.dropped, counts.dead_lettered)

    def set_network_use(self, use: Literal["open", "metered", "closed"]) -> None:
        """Says what may be sent over the network that the device is on now.

        With ``metered``, no request begins once the month's budget is used up. With ``closed``, none is made.
        """
        if use in _NETWORK_USES:
            self._library.call.footfall_set_network_use(self._pointer, _NETWORK_USES[use])
        else:
            self._report("invalidConfiguration", f"network use: {use!r} is none of {', '.join(_NETWORK_USES)}")

    # The program's life

    def did_become_active(self) -> None:
        """The program got the focus. This and the next two need the plugin LinuxLifecycle to make events."""
        self._library.call.footfall_did_become_active(self._pointer)

    def will_resign_active(self) -> None:
        """The program lost the focus: no window of it is active."""
        self._library.call.footfall_will_resign_active(self._pointer)

    def will_terminate(self) -> None:
        """The program ends. Call `close` after it."""
        self._library.call.footfall_will_terminate(self._pointer)

    # Consent

    @property
    def is_recording(self) -> bool:
        """Whether events are recorded: false after an opt-out, under ``DO_NOT_TRACK=1`` and after `close`."""
        return bool(self._library.call.footfall_is_recording(self._pointer))

    def set_recording(self, on: bool) -> None:
        """What the user wishes, kept over restarts and for all programs on the store.

        With False nothing is recorded or sent, and what is stored is removed. With True recording begins again,
        under a new identity.
        """
        self._library.call.footfall_set_recording(self._pointer, bool(on))

    def forget(self) -> None:
        """Asks the destinations to delete what they have of this user, removes what is stored, and goes on with a
        new identity."""
        self._library.call.footfall_forget(self._pointer)

    # Plugins

    def add_plugin(
        self,
        function: PluginFunction,
        *,
        stage: Literal["before", "enrichment", "after"] = "enrichment",
        name: Optional[str] = None,
        version: Optional[str] = None,
    ) -> int:
        """Adds a function that looks at each event, or changes it, before it is stored.

        >>> def only_sales(event: footfall.Event) -> bool:
        ...     return event.name == "Ticket Sold"
        >>> analytics.add_plugin(only_sales, stage="before")

        It runs on one thread of the client, one event at a time. If it raises an exception, the event goes on as it
        was, ``on_error`` is told (``pluginFailed``), and the traceback is logged.

        Args:
            function: Gets the event. ``False`` drops it; any other result keeps it.
            stage: ``before`` the client adds context; ``enrichment`` after that; ``after`` the event is stored, when
                changes have no effect.
            name: In errors and in ``footfall status``; it should never change. The function's own if it is missing.
            version: For ``footfall status``.

        Returns:
            A number for `remove`; 0 if the plugin was refused.
        """
        name = name or str(getattr(function, "__qualname__", type(function).__name__))
        called = _callbacks.PluginUser(self._library, name, function)
        user = _callbacks.add(called)
        try:
            plugin = _library.Plugin(
                size=sizeof(_library.Plugin),
                name=text_argument("name", name),
                version=text_argument("version", version),
                stage=_STAGES[stage],
                execute=_callbacks.execute,
                release=_callbacks.release,
                user=user,
            )
        except (KeyError, ConfigurationError) as error:
            _callbacks.remove(user)
            problem = f"the stage is none of {', '.join(_STAGES)}" if isinstance(error, KeyError) else str(error)
            self._report("invalidConfiguration", f"plugin {name!a}: {problem}")
            return 0
        self._plugins.append(called)
        number: int = self._library.call.footfall_add_plugin(self._pointer, byref(plugin))
        if number == 0:
            self._plugins.remove(called)
        return number

    def remove(self, plugin: int) -> None:
        """Removes a plugin. It still sees the events that were called before."""
        self._library.call.footfall_remove(self._pointer, plugin)

    # Looking

    @property
    def state_directory(self) -> str:
        """The directory of the store."""
        return self._get(5)

    @property
    def counters(self) -> dict[str, Any]:
        """How many events were stored, delivered and dropped, by reason, since the client was made."""
        counters: dict[str, Any] = json.loads(self._get(6) or "{}")
        return counters

    def status(self) -> dict[str, Any]:
        """What ``footfall status --json`` prints. It opens the store, so not on a thread that must not wait."""
        status: dict[str, Any] = json.loads(self._get(7) or "{}")
        return status

    def doctor(self) -> list[dict[str, str]]:
        """What ``footfall doctor`` finds: objects with ``verdict``, ``thing`` and ``text``. It opens the store."""
        findings: list[dict[str, str]] = json.loads(self._get(8) or "[]")
        return findings
