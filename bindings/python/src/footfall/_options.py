# SPDX-License-Identifier: MIT
"""What a call may say about its event."""

from __future__ import annotations

from collections.abc import Mapping
from ctypes import sizeof
from datetime import datetime
from typing import Any, Final, Literal, Optional, TypedDict, Union
from uuid import UUID

from . import _library
from ._values import Refused, time_text

#: What a user or a device is known by. It is sent as text.
Id = Union[str, int, UUID]

PRIORITIES: Final = {"low": 1, "normal": 2, "critical": 3}
DURABILITIES: Final = {"deferred": 1, "process": 2, "immediate": 3}


class UserEventOptions(TypedDict, total=False):
    """Options of `Analytics.identify` and `Analytics.alias`, which have the user's id as an argument."""

    #: When it happened; now if it is missing. A time without a zone is local time. A number counts seconds since 1970.
    timestamp: Union[datetime, float, str, None]
    #: By which servers recognise an event that arrives twice; a random UUID if it is missing.
    message_id: Optional[Id]
    #: Instead of the client's.
    anonymous_id: Optional[Id]
    #: Replaces automatic context of the same keys.
    context: Optional[Mapping[str, Any]]
    #: Which destinations take the event, as ``{"All": False, "Segment.io": True}``.
    integrations: Optional[Mapping[str, Any]]
    #: What is kept longer when the store is full; ``normal`` if it is missing.
    priority: Literal["low", "normal", "critical"]
    #: What the event survives once the call has returned: nothing yet (it is stored within 10 ms), the death of the
    #: process, or a power cut, for which the call waits for the disk, at most 5 s. ``process`` if it is missing.
    durability: Literal["deferred", "process", "immediate"]
    #: The event is another user's, as in a server: it gets no identity of this client and no session, and an
    #: identify changes nothing here. Give ``user_id`` or ``anonymous_id`` with it.
    foreign: bool


class EventOptions(UserEventOptions, total=False):
    """Options of one event, as keyword arguments of the calls that record."""

    #: Instead of the client's.
    user_id: Optional[Id]


#: Options that are fields of the event, with their names in Segment's form.
_FIELDS: Final = {
    "message_id": "messageId",
    "anonymous_id": "anonymousId",
    "user_id": "userId",
    "context": "context",
    "integrations": "integrations",
}

_FOREIGN: Final = _library.Options(size=sizeof(_library.Options), flags=_library.FOREIGN)


def apply(options: Mapping[str, Any], event: dict[str, Any]) -> Optional[_library.Options]:
    """Adds the options to the event, and gives those that are no fields of it.

    Raises Refused for a value that cannot be used, and TypeError for an option that does not exist.
    """
    priority = durability = 0
    foreign = False
    for name, value in options.items():
        if name in _FIELDS:
            if name == "user_id" and "userId" in event:
                raise TypeError("user_id: the call has the user's id as an argument")
            if value is not None:
                event[_FIELDS[name]] = value
        elif name == "timestamp":
            if value is not None:
                event["timestamp"] = _timestamp(value)
        elif name == "foreign":
            foreign = bool(value)
        elif name == "priority":
            priority = _number(name, value, PRIORITIES)
        elif name == "durability":
            durability = _number(name, value, DURABILITIES)
        else:
            raise TypeError(f"there is no option {name!r}")
    if priority == 0 and durability == 0:
        return _FOREIGN if foreign else None
    return _library.Options(
        size=_FOREIGN.size, priority=priority, durability=durability, flags=_library.FOREIGN if foreign else 0
    )


def _timestamp(value: object) -> object:
    if isinstance(value, datetime):
        return time_text(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return f"@{value:.3f}"
    return value


def _number(option: str, value: object, numbers: Mapping[str, int]) -> int:
    if value is None:
        return 0
    number = numbers.get(value) if isinstance(value, str) else None
    if number is None:
        raise Refused(f"{option}: {value!r} is none of {', '.join(numbers)}")
    return number
