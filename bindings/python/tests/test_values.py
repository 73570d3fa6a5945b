# SPDX-License-Identifier: MIT
"""What Python values become in an event."""

from __future__ import annotations

import dataclasses
import enum
import fractions
import json
import math
import threading
from collections import OrderedDict, UserDict, deque
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any
from uuid import UUID

import pytest

from footfall._values import MAXIMUM_DEPTH, Refused, encode, encode_value


class Color(enum.Enum):
    RED = "red"


class Level(enum.IntEnum):
    HIGH = 3


@dataclasses.dataclass
class Seat:
    row: int
    sold: date


class Hostile:
    """Refuses everything that it is asked."""

    def __str__(self) -> str:
        raise RuntimeError("no")

    __repr__ = __str__

    def __hash__(self) -> int:
        return 1


class HostileDict(UserDict[str, int]):
    def __iter__(self) -> Any:
        raise RuntimeError("no members")


class BrokenZone(tzinfo):
    def utcoffset(self, _: object) -> timedelta:
        raise RuntimeError("no zone")

    def dst(self, _: object) -> None:
        return None

    def tzname(self, _: object) -> None:
        return None


def no_problem(place: str, problem: str) -> None:
    pytest.fail(f"{place}: {problem}")


def converted(value: object) -> tuple[Any, list[str]]:
    """The value as it arrives, and the places that were reported."""
    problems: list[str] = []
    text = encode({"properties": {"x": value}}, lambda place, _: problems.append(place))
    return json.loads(text, parse_constant=pytest.fail)["properties"]["x"], problems


BERLIN = timezone(timedelta(hours=1))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, True),
        (1, 1),
        (2**63, 2**63),
        (59.9, 59.9),
        ("Zoë", "Zoë"),
        (datetime(2026, 11, 29, 9, 30, tzinfo=BERLIN), "2026-11-29T08:30:00.000Z"),
        (datetime(2026, 11, 29, 9, 30, 1, 234567, timezone.utc), "2026-11-29T09:30:01.234Z"),
        (date(2026, 11, 29), "2026-11-29"),
        (time(9, 30), "09:30:00"),
        (timedelta(minutes=1.5), 90.0),
        (UUID("{12345678-1234-5678-1234-567812345678}"), "12345678-1234-5678-1234-567812345678"),
        (Decimal("59.90"), 59.9),
        (Decimal("12345678901234567890"), 12345678901234567890),
        (Decimal("NaN"), None),
        (Decimal("1E+999999"), None),
        (fractions.Fraction(1, 4), 0.25),
        ({3, 1, 2}, [1, 2, 3]),
        (frozenset({"a"}), ["a"]),
        ((1, (2,)), [1, [2]]),
        (deque([1]), [1]),
        (Path("/srv/file"), "/srv/file"),
        (b"abc\xff", "abc\ufffd"),
        (bytearray(b"abc"), "abc"),
        (memoryview(b"abc"), "abc"),
        (math.nan, None),
        (math.inf, None),
        (Color.RED, "red"),
        (Level.HIGH, 3),
        (Seat(2, date(2026, 11, 29)), {"row": 2, "sold": "2026-11-29"}),
        (OrderedDict(b=1, a=2), {"b": 1, "a": 2}),
        (MappingProxyType({"a": {1}}), {"a": [1]}),
        ({}.keys(), []),
        (range(3), [0, 1, 2]),
        ({"a": [{"b": (Decimal("0.5"), {math.nan})}]}, {"a": [{"b": [0.5, [None]]}]}),
        ("a\0b", "a\0b"),
        ("\ud800x", "\ufffdx"),
    ],
    ids=repr,
)
def test_converts_what_programs_have(value: object, expected: object) -> None:
    assert converted(value) == (expected, [])


def test_takes_a_time_without_a_zone_as_local(monkeypatch: pytest.MonkeyPatch) -> None:
    local = datetime(2026, 11, 29, 9, 30)

    assert converted(local)[0] == local.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000Z")


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (1, "1"),
        (1.5, "1.5"),
        (True, "true"),
        (None, "null"),
        (math.inf, "inf"),
        (date(2026, 11, 29), "2026-11-29"),
        (Color.RED, "red"),
        (b"k", "k"),
        (UUID(int=1), str(UUID(int=1))),
        (("a", 1), "a.1"),
    ],
    ids=repr,
)
def test_makes_texts_of_other_keys(key: object, expected: str) -> None:
    assert converted({key: 1}) == ({expected: 1}, [])


@pytest.mark.parametrize(
    "value",
    [
        Hostile(),
        HostileDict(a=1),
        object(),
        lambda: None,
        (n for n in [1]),
        1j,
        threading.Lock(),
        datetime(2026, 1, 1, tzinfo=BrokenZone()),
        10**5000,
        Seat,
    ],
    ids=lambda value: type(value).__name__,
)
def test_costs_only_the_value_that_has_no_form(value: object) -> None:
    assert converted([1, value, {"ok": 2}]) == ([1, None, {"ok": 2}], ["properties.x[1]"])


def test_leaves_out_a_member_whose_key_has_no_form() -> None:
    assert converted({Hostile(): 1, "ok": 2}) == ({"ok": 2}, ["properties.x"])


def test_ends_containers_that_contain_themselves() -> None:
    loop: list[object] = [1]
    loop.append(loop)

    value, problems = converted(loop)

    assert value[0] == 1
    assert len(problems) == 1


def test_cuts_what_is_deeper_than_the_library_reads() -> None:
    deep: object = "end"
    for _ in range(5000):
        deep = [deep]

    value, problems = converted(deep)

    levels = 2  # the event and its properties
    while value is not None and levels < 100:
        levels += 1
        value = value[0]
    assert levels == MAXIMUM_DEPTH
    assert len(problems) == 1


def test_takes_many_containers_side_by_side() -> None:
    assert converted([[[]]] * 1000) == ([[[]]] * 1000, [])


def test_leaves_the_members_in_their_order() -> None:
    assert encode({"properties": {"b": 1, "a": math.nan}}, no_problem) == b'{"properties":{"b":1,"a":null}}'


@pytest.mark.parametrize("value", [object(), math.nan, "\ud800", Hostile()], ids=lambda value: type(value).__name__)
def test_refuses_an_event_whose_id_would_become_another(value: object) -> None:
    with pytest.raises(Refused):
        encode({"userId": value, "properties": {}}, no_problem)


def test_a_plugin_is_told_of_a_value_without_form() -> None:
    assert encode_value({1}) == b"[1]"
    with pytest.raises(Refused):
        encode_value([object()])
