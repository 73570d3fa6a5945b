# SPDX-License-Identifier: MIT
"""The client."""

from __future__ import annotations

import atexit
import json
import os
import weakref
from collections.abc import Callable, Mapping
from ctypes import byref, create_string_buffer, sizeof
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Literal, Optional, Union, overload

from . import _callbacks, _library
from ._callbacks import LOG
from ._errors import ConfigurationError, FootfallError
from ._event import Event
from ._options import EventOptions, Id, UserEventOptions, apply
from ._report import FlushReport
from ._values import Refused, encode
from ._visitor import Visitor

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack

#: What is called for a problem. Any thread may call it. It may call the client, and must not wait.
ErrorHandler = Callable[[FootfallError], object]

#: A plugin. It gets each event. ``False`` drops the event; any other result keeps it.
PluginFunction = Callable[[Event], object]

#: How long the end of a program waits for its clients, in seconds. An ordinary close takes a few milliseconds.
CLOSE_TIMEOUT: Final = 2.0

_STAGES: Final = {"before": 0, "enrichment": 1, "after": 2}
_NETWORK_USES: Final = {"open": 0, "metered": 1, "closed": 2}

#: A client lives until it is closed, also when the program keeps no reference.
_open: Final[set[Analytics]] = set()


class Analytics:
    """A client: it records events, keeps them on the disk, and delivers them when a server can be reached.

    >>> with footfall.Analytics(write_key="WRITE_KEY", application_id="com.example.Tickets") as analytics:
    ...     analytics.track("Ticket Sold", {"total": 59.90, "zone": "A"})

    Every method may be called from any thread. None raises an exception because of the values that it is given,
    and none after ``close``: what goes wrong is told to ``on_error``. Only ``flush`` with a timeout, ``close``,
    ``status``, ``doctor``, and calls with ``durability="immediate"`` wait.

    A program needs one client. Two clients of one ``application_id`` share their store, in one process or in many.
    """

    def __init__(
        self,
        configuration: Union[Mapping[str, Any], str, os.PathLike[str], None] = None,
        *,
        profile: Optional[str] = None,
        write_key: Optional[str] = None,
        application_id: Optional[str] = None,
        application_version: Optional[str] = None,
        application_build: Optional[str] = None,
        state_directory: Union[str, os.PathLike[str], None] = None,
        on_error: Optional[ErrorHandler] = None,
    ) -> None:
        """Makes a client. It reads some small files, connects to nothing, and starts a thread with the first event.

        Args:
            configuration: The path of a configuration file, or a dict with its keys, as
                ``{"destinations": [{"type": "file", "path": "/tmp/events.ndjson"}]}``. docs/command.md lists them.
            profile: Instead of a configuration, the name of a profile, as ``footfall --profile`` takes it:
                the file ``footfall/NAME.json`` in ``~/.config``, else in ``/etc``.
            write_key: The key of a Segment source; with a dict, instead of its ``writeKey``.
            application_id: As ``com.example.Tickets``. It names the store, and is required here or in the
                configuration.
            application_version: As ``2.1.0``.
            application_build: As ``210``.
            state_directory: Where events are kept, instead of ``~/.local/state/footfall/APPLICATION-ID``.
            on_error: Called with a FootfallError for each problem. Without it, problems are logged as warnings of
                the logger ``footfall``.

        Raises:
            ConfigurationError: The configuration cannot be used.
            LibraryError: The C library is not installed.
        """
        self._library: Final = _library.load()
        self._on_error: Final = on_error
        self._visitor: Final = Visitor(self)
        self._user: Final = _callbacks.add(self)
        host = _library.Host(
            size=sizeof(_library.Host),
            application_id=_text("application_id", application_id),
            application_version=_text("application_version", application_version),
            application_build=_text("application_build", application_build),
            state_directory=_text("state_directory", os.fspath(state_directory) if state_directory else None),
            on_error=_callbacks.on_error,
            release=_callbacks.release,
            user=self._user,
        )
        try:
            pointer = self._make(configuration, profile, write_key, host)
            if not pointer:
                raise ConfigurationError(self._library.last_error())
        except BaseException:
            _callbacks.remove(self._user)
            raise
        self._pointer: Final[int] = pointer
        # While a method runs there is a reference to self, so the client is freed when no call can use it.
        weakref.finalize(self, self._library.call.footfall_free, pointer).atexit = False
        _open.add(self)

    def _make(
        self,
        configuration: Union[Mapping[str, Any], str, os.PathLike[str], None],
        profile: Optional[str],
        write_key: Optional[str],
        host: _library.Host,
    ) -> Optional[int]:
        call = self._library.call
        result: Optional[int]
        if isinstance(configuration, Mapping) or (configuration is None and profile is None):
            if configuration is None and write_key is None:
                raise ConfigurationError("nothing says where events go: give a configuration, a profile or a write_key")
            keys = {**(configuration or {}), **({"writeKey": write_key} if write_key is not None else {})}
            try:
                text = json.dumps(keys, default=os.fspath)
            except (TypeError, ValueError) as error:
                raise ConfigurationError(f"the configuration cannot be written as JSON: {error}") from error
            result = call.footfall_new(text.encode(), byref(host))
            return result
        if write_key is not None:
            raise ConfigurationError("write_key: it belongs into the file when there is one")
        if configuration is None:
            result = call.footfall_new_from_profile(_text("profile", profile), byref(host))
        elif profile is not None:
            raise ConfigurationError("profile: there is a configuration already; give one of the two")
        else:
            result = call.footfall_new_from_file(_text("configuration", os.fspath(configuration)), byref(host))
        return result

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

    def _record(self, event: dict[str, Any], options: Mapping[str, Any]) -> bool:
        try:
            other = apply(options, event) if options else None
            text = encode(event, self._report_value)
        except Refused as error:
            self._report("invalidEvent", str(error))
            return False
        call = self._library.call
        status = call.footfall_record(self._pointer, text, len(text), other)
        if status == _library.OK:
            return True
        if status != _library.CLOSED:
            self._report(
                "invalidEvent" if status == _library.INVALID else "storeUnavailable", self._library.last_error()
            )
        return False

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
        return self._visitor

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
        status = self._library.call.footfall_flush_wait(self._pointer, _milliseconds(timeout), byref(counts))
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

    def close(self, timeout: float = CLOSE_TIMEOUT) -> bool:
        """Stores everything that was called, and ends the client's threads.

        It does not wait for deliveries: call ``flush(timeout)`` before it to do so. What is not delivered, or not
        stored in the time, is on the disk, and the next start goes on with it. Afterwards every call does nothing.
        An exit of the program closes its clients.

        Args:
            timeout: The longest wait in seconds.

        Returns:
            Whether everything is stored.
        """
        status = self._library.call.footfall_close(self._pointer, _milliseconds(timeout))
        if status == _library.OK or status == _library.CLOSED:
            _open.discard(self)
            return True
        if status == _library.TIMEOUT:
            _open.discard(self)
        else:
            self._report("wouldDeadlock" if status == 5 else "storeUnavailable", self._library.last_error())
        return False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        self.close()

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
        user = _callbacks.add(_callbacks.PluginUser(self._library, name, function))
        try:
            plugin = _library.Plugin(
                size=sizeof(_library.Plugin),
                name=_text("name", name),
                version=_text("version", version),
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
        number: int = self._library.call.footfall_add_plugin(self._pointer, byref(plugin))
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

    def _get(self, subject: int) -> str:
        length = 255
        while True:
            buffer = create_string_buffer(length + 1)
            needed: int = self._library.call.footfall_get(self._pointer, subject, buffer, len(buffer))
            if needed <= length:
                return buffer.value.decode("utf-8", "replace")
            length = needed + 256  # the text may have grown until the next call

    # Problems

    def _report_value(self, place: str, problem: str) -> None:
        self._report("invalidEvent", f"{place}: {problem}; the event is recorded without it")

    def _report(self, code: str, message: str) -> None:
        if self._on_error is None:
            LOG.warning("%s: %s", code, message)
            return
        try:
            self._on_error(FootfallError(code, message))
        except Exception:
            LOG.exception("on_error raised an exception at %s: %s", code, message)


def _text(name: str, value: Optional[str]) -> Optional[bytes]:
    if value is None:
        return None
    if not isinstance(value, str) or "\0" in value:
        raise ConfigurationError(f"{name}: {value!r} is no text that can be used")
    try:
        return value.encode("utf-8")
    except UnicodeEncodeError:
        raise ConfigurationError(f"{name}: {value!r} is no valid Unicode") from None


def _milliseconds(seconds: float) -> int:
    """At most 24 days, which is what 32 bits hold. NaN is 0."""
    return int(min(max(seconds, 0.0), 2_147_483.0) * 1000) if seconds == seconds else 0


@atexit.register
def _close_all() -> None:
    """Ends the threads that call Python while there is an interpreter to call."""
    for client in list(_open):
        client.close()
