# SPDX-License-Identifier: MIT
"""Makes and ends a client, and passes events and problems between Python and the library."""

from __future__ import annotations

import atexit
import json
import os
import time
import weakref
from collections.abc import Callable, Mapping
from ctypes import byref, create_string_buffer, sizeof
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, NoReturn, Optional, Union

from . import _callbacks, _library
from ._callbacks import LOG
from ._errors import ConfigurationError, FootfallError
from ._options import apply
from ._values import Refused, encode

if TYPE_CHECKING:
    from typing_extensions import Self

#: What is called for a problem. Any thread may call it. It may call the client, and must not wait.
ErrorHandler = Callable[[FootfallError], object]

#: How long the end of a program waits for its clients, in seconds. An ordinary close takes a few milliseconds.
CLOSE_TIMEOUT: Final = 2.0

#: A client lives until it is closed, also when the program keeps no reference.
_open: Final[set[Client]] = set()


class Client:
    """What every client does, whatever it records."""

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
        """Makes a client. It reads some small files, connects to nothing, and starts a thread.

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
        self._plugins: Final[list[_callbacks.PluginUser]] = []
        self._user: Final = _callbacks.add(self)
        host = _library.Host(
            size=sizeof(_library.Host),
            application_id=text_argument("application_id", application_id),
            application_version=text_argument("application_version", application_version),
            application_build=text_argument("application_build", application_build),
            state_directory=text_argument("state_directory", os.fspath(state_directory) if state_directory else None),
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
            except (TypeError, ValueError, RecursionError) as error:
                raise ConfigurationError(f"the configuration cannot be written as JSON: {error}") from error
            result = call.footfall_new(text.encode(), byref(host))
            return result
        if configuration is not None and not isinstance(configuration, (str, os.PathLike)):
            raise ConfigurationError(f"configuration: a {type(configuration).__name__} is neither a dict nor a path")
        if write_key is not None:
            raise ConfigurationError("write_key: it belongs into the file when there is one")
        if configuration is None:
            result = call.footfall_new_from_profile(text_argument("profile", profile), byref(host))
        elif profile is not None:
            raise ConfigurationError("profile: there is a configuration already; give one of the two")
        else:
            result = call.footfall_new_from_file(text_argument("configuration", os.fspath(configuration)), byref(host))
        return result

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
            # The library puts the name of its own parameter before the field.
            reason = self._library.last_error().removeprefix("event_json: ")
            self._report("invalidEvent" if status == _library.INVALID else "storeUnavailable", reason)
        return False

    def close(self, timeout: float = CLOSE_TIMEOUT) -> bool:
        """Stores everything that was called, and ends the client's threads.

        It does not wait for deliveries: call ``flush(timeout)`` before it to do so. What is not delivered, or not
        stored in the time, is on the disk, and the next start goes on with it. Afterwards every call does nothing.
        An exit of the program closes its clients.

        Args:
            timeout: The longest wait in seconds.

        Returns:
            Whether everything is stored. If a plugin in Python has not returned in the time, ``on_error`` is told
            (``pluginBlocked``), and the client stays open.
        """
        begin = time.monotonic()
        # The library waits for a callback that runs, however long; a plugin that hangs must not keep a program alive.
        if blocked := _callbacks.blocking(list(self._plugins), max(timeout, 0)):
            self._report(
                "pluginBlocked", f"plugin {blocked.name}: it does not return, so the client cannot be closed; mend it"
            )
            return False
        left = timeout - (time.monotonic() - begin)
        status = self._library.call.footfall_close(self._pointer, milliseconds(left))
        if status == _library.OK or status == _library.CLOSED:
            _open.discard(self)
            return True
        if status == _library.TIMEOUT:
            _open.discard(self)
        else:
            self._report("wouldDeadlock" if status == 5 else "storeUnavailable", self._library.last_error())
        return False

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        # A copy would use the C client after it is freed.
        raise TypeError("a client cannot be copied; pass the client itself, or make one in each process")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        self.close()

    def _get(self, subject: int) -> str:
        length = 255
        while True:
            buffer = create_string_buffer(length + 1)
            needed: int = self._library.call.footfall_get(self._pointer, subject, buffer, len(buffer))
            if needed <= length:
                return buffer.value.decode("utf-8", "replace")
            length = needed + 256  # the text may have grown until the next call

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


def text_argument(name: str, value: Optional[str]) -> Optional[bytes]:
    if value is None:
        return None
    if not isinstance(value, str) or "\0" in value:
        raise ConfigurationError(f"{name}: {value!r} is no text that can be used")
    try:
        return value.encode("utf-8")
    except UnicodeEncodeError:
        raise ConfigurationError(f"{name}: {value!r} is no valid Unicode") from None


def milliseconds(seconds: float) -> int:
    """At most 24 days, which is what 32 bits hold. NaN is 0."""
    return int(min(max(seconds, 0.0), 2_147_483.0) * 1000) if seconds == seconds else 0


@atexit.register
def _close_all() -> None:
    """Ends the threads that call Python while there is an interpreter to call."""
    for client in list(_open):
        client.close()
