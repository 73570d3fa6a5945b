# SPDX-License-Identifier: MIT
"""Turns an event with any Python values into JSON.

The json module's own encoder does the work in one pass. Only when it refuses something (NaN, a key that
is no text, a value of an unknown type) the event is copied value by value, so that one wrong value
costs that value and not the event.
"""

from __future__ import annotations

import json
import math
import numbers
import os
from collections import deque
from collections.abc import Callable, Mapping, Sequence, Set
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum
from typing import Any, Final
from uuid import UUID

#: The library reads at most 64 levels of objects and arrays; the event and ``properties`` are two of them.
MAXIMUM_DEPTH: Final = 64

#: The largest integer has as many bits as the largest double, which is what other languages read.
MAXIMUM_BITS: Final = 1024

#: Called with the place of a value and what is wrong with it.
Report = Callable[[str, str], None]


class Refused(TypeError):
    """A value that has no form in JSON."""


def time_text(value: datetime) -> str:
    """A time in UTC with milliseconds, as ``2026-11-29T08:30:00.000Z``.

    A time without a zone is local time, as everywhere in the datetime module.
    """
    return value.astimezone(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def plain(value: object) -> Any:
    """A value that the json module does not know, as one that it knows; of containers the first level only."""
    if isinstance(value, datetime):
        return time_text(value)
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Decimal):
        return _decimal(value)
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, (set, frozenset, Set)):
        return _in_order(value)
    if isinstance(value, os.PathLike):
        return os.fsdecode(value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value).decode("utf-8", "replace")
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, (Sequence, deque)):
        return list(value)
    # The numbers of numpy, and fractions.
    if isinstance(value, numbers.Integral):
        return int(value)
    if isinstance(value, numbers.Real):
        return float(value)
    if hasattr(type(value), "__dataclass_fields__"):
        # Only a program that has dataclasses pays for the import, which is a tenth of this package's.
        import dataclasses

        instance: Any = value
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(instance)}
    raise Refused(f"a value of the type {type(value).__name__} has no form in JSON")


_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=plain)


#: The fields of an event in which a value may be replaced by null. Without another field, such as the user's id,
#: it would be another event.
CONTENT: Final = ("properties", "traits", "context", "integrations")


def encode(event: Mapping[str, object], report: Report) -> bytes:
    """The event as JSON in UTF-8.

    What has no form in JSON becomes null, and is reported with its place, as ``properties.cart[0]``.
    NaN and infinities become null without a report. In texts, halves of surrogate pairs become U+FFFD.

    Raises Refused if a field other than ``properties``, ``traits``, ``context`` and ``integrations`` cannot
    be converted as it is.
    """
    try:
        text = _ENCODER.encode(event)
        # An event with fewer brackets is not too deep; another one may be.
        is_plain = text.count("[") + text.count("{") <= MAXIMUM_DEPTH
    except Exception:  # NaN, a key that is no text, or a value that cannot be converted
        is_plain = False
    if not is_plain:
        text = _ENCODER.encode(_copy(event, report))
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        for field, value in event.items():
            if field not in CONTENT and isinstance(value, str):
                _check(field, value)
        return _repaired(text).encode("utf-8")


def encode_value(value: object) -> bytes:
    """A value as JSON in UTF-8. Raises Refused, also if only a part of the value cannot be converted."""
    return _repaired(_ENCODER.encode(_Copy(_refuse).value(value, "", 1))).encode("utf-8")


def _copy(event: Mapping[str, object], report: Report) -> dict[str, object]:
    copy: dict[str, object] = {}
    for field, value in event.items():
        if field in CONTENT:
            copy[field] = _Copy(report).value(value, field, 2)
        else:
            copy[field] = _Copy(_refuse).value(value, field, 2)
            if copy[field] is None and value is not None:
                raise Refused(f"{field}: {value!r} cannot be used")
    return copy


def _refuse(place: str, problem: str) -> None:
    raise Refused(f"{place}: {problem}" if place else problem)


def _check(field: str, text: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise Refused(f"{field}: {text!r} is no valid Unicode, and a repaired text would be another one") from None


def _repaired(text: str) -> str:
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


class _Copy:
    """Copies a value into one that the json module encodes."""

    def __init__(self, report: Report) -> None:
        self._report = report

    def mapping(self, value: Mapping[Any, object], place: str, depth: int) -> dict[str, object]:
        copy: dict[str, object] = {}
        # `list` takes a dict's members at once, so that another thread may change the dict meanwhile.
        for key, member in list(value.items()):
            try:
                name = _key(key)
            except Exception as error:
                self._report(place, f"a key of the type {type(key).__name__} cannot be used: {reason(error)}")
                continue
            copy[name] = self.value(member, f"{place}.{name}" if place else name, depth + 1)
        return copy

    def value(self, value: object, place: str, depth: int) -> object:
        try:
            return self._value(value, place, depth)
        except Exception as error:
            self._report(place, reason(error))
            return None

    def _value(self, value: object, place: str, depth: int) -> object:
        # Each conversion can yield a value that needs another one, such as an Enum of dates.
        for _ in range(MAXIMUM_DEPTH):
            if value is None or isinstance(value, (bool, str)):
                return value
            if isinstance(value, int):
                if value.bit_length() > MAXIMUM_BITS:
                    raise Refused(f"an integer of {value.bit_length()} bits is larger than any number that can be read")
                return value
            if isinstance(value, float):
                return value if math.isfinite(value) else None
            if isinstance(value, (dict, list, tuple)):
                # Also the end of containers that contain themselves.
                if depth > MAXIMUM_DEPTH:
                    raise Refused(f"more than {MAXIMUM_DEPTH} objects and arrays are inside one another")
                if isinstance(value, dict):
                    return self.mapping(value, place, depth)
                return [self.value(item, f"{place}[{index}]", depth + 1) for index, item in enumerate(list(value))]
            value = plain(value)
        raise Refused(f"a value of the type {type(value).__name__} is converted to values without an end")


def reason(error: BaseException) -> str:
    """What an exception says, as ``ValueError: …``."""
    try:
        return str(error) if isinstance(error, Refused) else f"{type(error).__name__}: {error}"
    except Exception:  # the text of the error cannot be made either
        return type(error).__name__


def _decimal(value: Decimal) -> object:
    if not value.is_finite():
        return None
    # An integer stays exact. `1E+400` must not become one of 400 digits: it is out of range as a double too.
    if value == value.to_integral_value() and abs(value.adjusted()) < 300:
        return int(value)
    return float(value)


def _in_order(value: Set[Any]) -> list[Any]:
    """A set has no order of its own; with a sorted one, equal sets are equal in the events."""
    items = list(value)
    try:
        return sorted(items)
    except Exception:  # items of several types
        return items


def _key(key: object) -> str:
    """A key as text; numbers, True and None as the json module writes them."""
    if isinstance(key, str):
        return str.__str__(key)
    if key is None or isinstance(key, (bool, int)):
        return json.dumps(key)
    if isinstance(key, tuple):
        return ".".join(_key(part) for part in key)
    if not isinstance(key, float):
        key = plain(key)
        if isinstance(key, (dict, list)):
            raise Refused("a key is a single value")
        return _key(key) if not isinstance(key, str) else key
    return repr(float(key))
