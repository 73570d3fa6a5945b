# SPDX-License-Identifier: MIT
"""What the client passes to the library and makes of its answers, with a library that records its calls."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any
from uuid import UUID

import pytest
from conftest import Fake

import footfall
from footfall import _library


def test_passes_the_options_of_an_event(fake: Fake) -> None:
    taken = fake.client.track(
        "Sold",
        {"n": 1},
        timestamp=datetime(2026, 11, 29, tzinfo=timezone.utc),
        message_id=UUID(int=1),
        anonymous_id="a",
        user_id=42,
        context={"ip": "1.2.3.4"},
        integrations={"All": False},
        priority="critical",
        durability="deferred",
        foreign=True,
    )

    assert taken
    assert fake.event == {
        "type": "track",
        "event": "Sold",
        "properties": {"n": 1},
        "timestamp": "2026-11-29T00:00:00.000Z",
        "messageId": str(UUID(int=1)),
        "anonymousId": "a",
        "userId": 42,
        "context": {"ip": "1.2.3.4"},
        "integrations": {"All": False},
    }
    assert (fake.options.priority, fake.options.durability, fake.options.flags) == (3, 1, _library.FOREIGN)


def test_passes_no_options_where_none_are_given(fake: Fake) -> None:
    fake.client.track("Sold", user_id=None, priority="normal")
    fake.client.track("Sold")

    assert "userId" not in fake.event
    assert fake.options.size == 0


def test_takes_a_number_as_seconds_since_1970(fake: Fake) -> None:
    fake.client.track("Sold", timestamp=1_700_000_000.5)

    assert fake.event["timestamp"] == "@1700000000.500"


def test_makes_each_kind_of_event(fake: Fake) -> None:
    made = []
    for call, arguments in [
        (fake.client.identify, ("u", {"plan": "free"})),
        (fake.client.screen, ("Home", {"n": 1})),
        (fake.client.page, ("Home", {"n": 1})),
        (fake.client.group, ("g", {"size": 3})),
        (fake.client.alias, ("new", "old")),
    ]:
        call(*arguments)  # type: ignore[operator]
        made.append({key: value for key, value in fake.event.items() if value is not None})

    assert made == [
        {"type": "identify", "userId": "u", "traits": {"plan": "free"}},
        {"type": "screen", "name": "Home", "properties": {"n": 1}},
        {"type": "page", "name": "Home", "properties": {"n": 1}},
        {"type": "group", "groupId": "g", "traits": {"size": 3}},
        {"type": "alias", "userId": "new", "previousId": "old"},
    ]


@pytest.mark.parametrize(
    "options",
    [
        {"priority": "urgent"},
        {"priority": 3},
        {"durability": ["immediate"]},
        {"user_id": object()},
        {"user_id": "\ud800"},
        {"anonymous_id": float("nan")},
        {"timestamp": object()},
    ],
)
def test_refuses_an_option_with_the_reason(fake: Fake, options: dict[str, Any]) -> None:
    assert not fake.client.track("Sold", **options)

    assert [problem.code for problem in fake.problems] == ["invalidEvent"]
    assert next(iter(options)).split("_")[0] in fake.problems[0].message


def test_a_misspelt_option_is_an_error_of_the_program(fake: Fake) -> None:
    with pytest.raises(TypeError, match="priorty"):
        fake.client.track("Sold", priorty="low")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="user_id"):
        fake.client.alias("new", user_id="u")  # type: ignore[call-arg]


def test_reports_an_event_that_the_library_refuses(fake: Fake) -> None:
    fake.call.fake_answer(_library.INVALID)

    assert not fake.client.track("")
    assert [(problem.code, str(problem)) for problem in fake.problems] == [("invalidEvent", "the fake refuses")]


def test_is_silent_after_close(fake: Fake) -> None:
    fake.client.close()
    fake.call.fake_answer(_library.CLOSED)

    assert not fake.client.track("Sold")
    assert fake.client.close()
    assert fake.problems == []


def test_close_says_whether_everything_is_stored(fake: Fake) -> None:
    fake.call.fake_answer(_library.TIMEOUT)

    assert not fake.client.close()


def test_close_in_a_callback_leaves_the_client_open(fake: Fake) -> None:
    fake.call.fake_answer(5)

    assert not fake.client.close()
    assert [problem.code for problem in fake.problems] == ["wouldDeadlock"]


@pytest.mark.parametrize(
    ("seconds", "milliseconds"),
    [(0.25, 250), (-1, 0), (float("nan"), 0), (float("inf"), 2_147_483_000), (1e12, 2_147_483_000)],
)
def test_passes_any_timeout(fake: Fake, seconds: float, milliseconds: int) -> None:
    assert fake.client.flush(seconds).delivered == milliseconds


def test_reads_texts_of_any_length(fake: Fake) -> None:
    assert fake.client.anonymous_id == "x" * 1000


def test_problems_of_the_library_reach_the_program(fake: Fake) -> None:
    fake.call.fake_report(b"storeUnavailable", "no room on /\xff: caf\u00e9".encode())

    assert [(problem.code, str(problem)) for problem in fake.problems] == [
        ("storeUnavailable", "no room on /\xff: caf\u00e9")
    ]


def test_a_report_after_the_release_is_ignored(fake: Fake) -> None:
    fake.call.fake_release()
    fake.call.fake_report(b"storeUnavailable", b"late")

    assert fake.problems == []


def test_an_exception_of_the_error_handler_is_logged(fake: Fake, caplog: pytest.LogCaptureFixture) -> None:
    def broken(_: footfall.FootfallError) -> None:
        raise RuntimeError("broken handler")

    client = footfall.Analytics({}, on_error=broken)
    fake.call.fake_report(b"storeUnavailable", b"full")

    assert "broken handler" in caplog.text
    client.close()


def test_problems_are_logged_where_no_handler_is(fake: Fake, caplog: pytest.LogCaptureFixture) -> None:
    client = footfall.Analytics({})
    fake.call.fake_report(b"storeUnavailable", b"full")

    assert caplog.messages == ["storeUnavailable: full"]
    client.close()


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"configuration": "/etc/footfall.json", "write_key": "K"},
        {"configuration": "/etc/footfall.json", "profile": "default"},
        {"configuration": {}, "application_id": "a\0b"},
        {"configuration": {}, "application_id": 5},
        {"configuration": {"x": object()}},
    ],
)
def test_refuses_arguments_that_contradict_or_cannot_be_passed(fake: Fake, arguments: dict[str, Any]) -> None:
    with pytest.raises(footfall.ConfigurationError):
        footfall.Analytics(**arguments)


def test_names_the_reason_of_the_library(fake: Fake) -> None:
    fake.call.fake_answer(_library.INVALID)

    for arguments in [{"configuration": {}}, {"configuration": "/x"}, {"profile": "x"}, {"write_key": "K"}]:
        with pytest.raises(footfall.ConfigurationError, match="the fake refuses"):
            footfall.Analytics(**arguments)  # type: ignore[arg-type]
