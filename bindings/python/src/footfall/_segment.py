# SPDX-License-Identifier: MIT
"""The module's functions, with the signatures of segment-analytics-python.

Their settings are variables of the package. They are read with the first call, which makes the client.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Optional

from ._analytics import Analytics
from ._callbacks import LOG
from ._errors import FootfallError
from ._options import Id

#: Whether an event was taken, and the event.
Result = tuple[bool, dict[str, Any]]

#: How long `flush`, `join` and `shutdown` wait at most, in seconds. Segment's own wait for ten attempts.
FLUSH_TIMEOUT: Final = 10.0

_SEGMENT: Final = "https://api.segment.io"


class _Default:
    """The client of the module's functions."""

    def __init__(self) -> None:
        self._client: Optional[Analytics] = None
        self._failed = False
        self._lock = threading.Lock()
        # A child of fork has only the thread that forked: another thread may have held the lock.
        os.register_at_fork(after_in_child=self._renew_lock)

    def client(self) -> Optional[Analytics]:
        """The client, made with the first call. None when it cannot be made; that is reported once."""
        if self._client is None and not self._failed:
            with self._lock:
                if self._client is None and not self._failed:
                    self._make()
        return self._client

    def existing(self) -> Optional[Analytics]:
        return self._client

    def _make(self) -> None:
        settings = _Settings()
        if settings.value("debug"):
            LOG.setLevel("DEBUG")
        try:
            self._client = Analytics(
                settings.configuration(),
                write_key=settings.write_key_argument(),
                application_id=settings.application_id(),
                application_version=settings.value("application_version"),
                on_error=_on_error,
            )
        except (FootfallError, OSError) as error:
            self._failed = True
            _on_error(error if isinstance(error, FootfallError) else FootfallError("invalidConfiguration", str(error)))

    def _renew_lock(self) -> None:
        self._lock = threading.Lock()


class _Settings:
    """The variables of the package."""

    def value(self, name: str) -> Any:
        return getattr(sys.modules[__package__], name, None)

    def configuration(self) -> Any:
        configuration = self.value("configuration")
        host = self.value("host")
        if configuration is None and host and host.rstrip("/") != _SEGMENT:
            return {"destinations": [{"type": "segment", "endpoint": f"{host.rstrip('/')}/v1/batch"}]}
        return configuration

    def write_key_argument(self) -> Optional[str]:
        """The key, unless a file has it."""
        configuration = self.configuration()
        key: Optional[str] = self.value("write_key")
        return key if configuration is None or isinstance(configuration, Mapping) else None

    def application_id(self) -> Optional[str]:
        """The id that was set; else None where the configuration has one; else one for this program.

        A store has the events of one key, so programs of the same name with different keys get different ids.
        """
        given: Optional[str] = self.value("application_id")
        configuration = self.configuration()
        if given is not None or (configuration is not None and not isinstance(configuration, Mapping)):
            return given
        if configuration is not None and configuration.get("application") is not None:
            return None
        program = "".join(c for c in Path(sys.argv[0] if sys.argv else "").stem if c.isascii() and c.isalnum())
        # It loads OpenSSL, which most programs do not need.
        import hashlib

        key = hashlib.sha256(f"{self.value('write_key')} {configuration}".encode("utf-8", "replace")).hexdigest()
        return f"python.{program or 'interactive'}.{key[:8]}"


_default: Final = _Default()


def _on_error(error: FootfallError) -> None:
    handler: Optional[Callable[[Exception, list[Any]], object]] = _Settings().value("on_error")
    if handler is None:
        LOG.warning("%s: %s", error.code, error.message)
        return
    try:
        handler(error, [])
    except Exception:
        LOG.exception("on_error raised an exception at %s: %s", error.code, error.message)


def track(
    user_id: Optional[Id] = None,
    event: Optional[str] = None,
    properties: Optional[Mapping[str, Any]] = None,
    context: Optional[Mapping[str, Any]] = None,
    timestamp: Optional[datetime] = None,
    anonymous_id: Optional[Id] = None,
    integrations: Optional[Mapping[str, Any]] = None,
    message_id: Optional[Id] = None,
) -> Result:
    """Records that a user did something.

    >>> footfall.track("user-42", "Order Completed", {"total": 59.90})

    With a ``user_id`` or an ``anonymous_id`` the event is that user's and has nothing of this device; without
    them it is this device's.

    Returns whether the event was taken, and the event.
    """
    message = {"type": "track", "event": event, "properties": properties or {}}
    return _record(message, user_id, anonymous_id, context, timestamp, integrations, message_id)


def identify(
    user_id: Optional[Id] = None,
    traits: Optional[Mapping[str, Any]] = None,
    context: Optional[Mapping[str, Any]] = None,
    timestamp: Optional[datetime] = None,
    anonymous_id: Optional[Id] = None,
    integrations: Optional[Mapping[str, Any]] = None,
    message_id: Optional[Id] = None,
) -> Result:
    """Says what is known of a user. To say who uses this device, call `Analytics.identify`."""
    message = {"type": "identify", "traits": traits or {}}
    return _record(message, user_id, anonymous_id, context, timestamp, integrations, message_id)


def group(
    user_id: Optional[Id] = None,
    group_id: Optional[Id] = None,
    traits: Optional[Mapping[str, Any]] = None,
    context: Optional[Mapping[str, Any]] = None,
    timestamp: Optional[datetime] = None,
    anonymous_id: Optional[Id] = None,
    integrations: Optional[Mapping[str, Any]] = None,
    message_id: Optional[Id] = None,
) -> Result:
    """Says which group a user belongs to."""
    message = {"type": "group", "groupId": group_id, "traits": traits or {}}
    return _record(message, user_id, anonymous_id, context, timestamp, integrations, message_id)


def alias(
    previous_id: Optional[Id] = None,
    user_id: Optional[Id] = None,
    context: Optional[Mapping[str, Any]] = None,
    timestamp: Optional[datetime] = None,
    integrations: Optional[Mapping[str, Any]] = None,
    message_id: Optional[Id] = None,
) -> Result:
    """Says that a user has a new id."""
    message = {"type": "alias", "previousId": previous_id}
    return _record(message, user_id, None, context, timestamp, integrations, message_id)


def page(
    user_id: Optional[Id] = None,
    category: Optional[str] = None,
    name: Optional[str] = None,
    properties: Optional[Mapping[str, Any]] = None,
    context: Optional[Mapping[str, Any]] = None,
    timestamp: Optional[datetime] = None,
    anonymous_id: Optional[Id] = None,
    integrations: Optional[Mapping[str, Any]] = None,
    message_id: Optional[Id] = None,
) -> Result:
    """Records that a user saw a page."""
    message = {"type": "page", "category": category, "name": name, "properties": properties or {}}
    return _record(message, user_id, anonymous_id, context, timestamp, integrations, message_id)


def screen(
    user_id: Optional[Id] = None,
    category: Optional[str] = None,
    name: Optional[str] = None,
    properties: Optional[Mapping[str, Any]] = None,
    context: Optional[Mapping[str, Any]] = None,
    timestamp: Optional[datetime] = None,
    anonymous_id: Optional[Id] = None,
    integrations: Optional[Mapping[str, Any]] = None,
    message_id: Optional[Id] = None,
) -> Result:
    """Records that a user saw a screen."""
    message = {"type": "screen", "category": category, "name": name, "properties": properties or {}}
    return _record(message, user_id, anonymous_id, context, timestamp, integrations, message_id)


def flush() -> None:
    """Delivers what waits. Returns when nothing more can be delivered, after 10 seconds at most.

    What could not be delivered is on the disk, and is delivered later.
    """
    client = _default.existing()
    if client is not None:
        client.flush(FLUSH_TIMEOUT)


def join() -> None:
    """Stores everything and ends the client. Later calls do nothing."""
    client = _default.existing()
    if client is not None:
        client.close()


def shutdown() -> None:
    """Delivers what waits, as `flush`, and ends the client, as `join`."""
    flush()
    join()


def _record(
    message: dict[str, Any],
    user_id: Optional[Id],
    anonymous_id: Optional[Id],
    context: Optional[Mapping[str, Any]],
    timestamp: Optional[datetime],
    integrations: Optional[Mapping[str, Any]],
    message_id: Optional[Id],
) -> Result:
    settings = _Settings()
    client = _default.client()
    if client is None:
        return False, message
    options: dict[str, Any] = {}
    if user_id is not None and user_id != "":
        message["userId"] = user_id
        options["foreign"] = True
    if anonymous_id is not None and anonymous_id != "":
        message["anonymousId"] = anonymous_id
        options["foreign"] = True
    if timestamp is not None:
        options["timestamp"] = timestamp
    if message_id is not None:
        message["messageId"] = message_id
    if context:
        message["context"] = context
    if integrations:
        message["integrations"] = integrations
    # As Segment's: with send = False everything is done but the sending, which is meant for tests.
    if settings.value("send") is False:
        return True, message
    taken = client._record(message, options)
    if taken and settings.value("sync_mode"):
        client.flush(FLUSH_TIMEOUT)
    return taken, message
