# SPDX-License-Identifier: MIT
"""The client with the C library: what arrives."""

from __future__ import annotations

import copy
import gc
import json
import logging
import math
import pickle
import threading
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from conftest import Home

import footfall
from footfall import _client


def only(events: list[dict[str, Any]], kind: str = "track") -> dict[str, Any]:
    found = [event for event in events if event["type"] == kind]
    assert len(found) == 1, found
    return found[0]


def test_delivers_what_is_tracked(home: Home, client: footfall.Analytics) -> None:
    assert client.track(
        "Ticket Sold", {"total": 59.9, "seats": {"A2", "A1"}, "at": datetime(2026, 1, 1, tzinfo=timezone.utc)}
    )

    event = only(home.after_flush(client))
    assert event["event"] == "Ticket Sold"
    assert event["properties"] == {"total": 59.9, "seats": ["A1", "A2"], "at": "2026-01-01T00:00:00.000Z"}
    assert event["anonymousId"] == client.anonymous_id
    assert home.problems == []


def test_options_reach_the_event(home: Home, client: footfall.Analytics) -> None:
    client.track(
        "Sold",
        timestamp=datetime(2026, 1, 2, 3, 4, 5, 678000, timezone.utc),
        message_id="m-1",
        user_id="u-1",
        anonymous_id="a-1",
        context={"ip": "1.2.3.4"},
        priority="critical",
        durability="immediate",
    )

    event = only(home.after_flush(client))
    assert event["timestamp"] == "2026-01-02T03:04:05.678Z"
    assert (event["messageId"], event["userId"], event["anonymousId"]) == ("m-1", "u-1", "a-1")
    assert event["context"]["ip"] == "1.2.3.4"


def test_identify_is_about_this_and_later_events(home: Home, client: footfall.Analytics) -> None:
    client.identify("u-1", {"plan": "free"})
    client.identify(traits={"city": "Köln"})
    client.track("Sold")

    assert client.user_id == "u-1"
    assert client.traits == {"plan": "free", "city": "Köln"}
    assert only(home.after_flush(client))["userId"] == "u-1"
    client.reset()
    assert client.user_id is None
    assert client.traits == {}


def test_records_each_kind_of_event(home: Home, client: footfall.Analytics) -> None:
    client.screen("Home", {"n": 1}, category="App")
    client.page("Start", category="Web")
    client.group("g-1", {"size": 3})
    client.alias("new", "old")

    events = home.after_flush(client)
    screen, page = only(events, "screen"), only(events, "page")
    assert (screen["name"], screen["category"], screen["properties"]["n"]) == ("Home", "App", 1)
    assert (page["name"], page["category"]) == ("Start", "Web")
    assert only(events, "group")["groupId"] == "g-1"
    alias = only(events, "alias")
    assert (alias["userId"], alias["previousId"]) == ("new", "old")


def test_a_foreign_event_has_nothing_of_this_device(home: Home, client: footfall.Analytics) -> None:
    client.identify("me")
    client.track("Sold", user_id="other", foreign=True)
    client.identify("other", {"plan": "free"}, foreign=True)

    events = home.after_flush(client)
    event = only(events)
    assert event["userId"] == "other"
    assert "anonymousId" not in event
    assert client.user_id == "me"
    assert client.traits == {}


@pytest.mark.parametrize(
    ("name", "properties"),
    [
        ("", None),
        ("  ", None),
        (None, None),
        (5, None),
        ({"a": 1}, None),
        ("\ud800", None),
        ("Sold", [1]),
        ("Sold", "text"),
        ("Sold", {"text": "x" * 40_000}),
    ],
    ids=repr,
)
def test_names_what_is_wrong_and_goes_on(home: Home, client: footfall.Analytics, name: Any, properties: Any) -> None:
    assert not client.track(name, properties)

    assert home.problems
    assert client.track("Sold")
    assert only(home.after_flush(client))["event"] == "Sold"


def test_names_the_field_and_not_the_parameter_of_the_library(home: Home, client: footfall.Analytics) -> None:
    assert client.track("Ticket Sold", properties=[1]) is False  # type: ignore[arg-type]
    assert [str(problem) for problem in home.problems] == ["properties: it must be an object, this is array"]


def test_costs_a_wrong_value_only_that_value(home: Home, client: footfall.Analytics) -> None:
    values: dict[Any, Any] = {"lock": threading.Lock(), "nan": math.nan, "name": "a\0b\ud800", 1: {"two": 2}}
    assert client.track("Sold", values)

    assert [str(problem).split(":")[0] for problem in home.problems] == ["properties.lock"]
    properties = only(home.after_flush(client))["properties"]
    assert properties["lock"] is None
    assert properties["nan"] is None
    assert properties["name"] == "a\0b\ufffd"
    assert properties["1"] == {"two": 2}


def test_nothing_raises_after_close(home: Home) -> None:
    client = home.client()
    client.track("Before")
    assert client.close()

    assert not client.track("Sold", {"a": object()})
    assert not client.identify("u")
    assert not client.screen("Home")
    assert not client.page("Home")
    assert not client.group("g")
    assert not client.alias("new")
    client.reset()
    client.start_session()
    client.end_session()
    client.visitor.begin()
    client.visitor.pause_idle()
    client.visitor.resume_idle()
    client.visitor.begin_attract()
    client.visitor.end_attract()
    client.visitor.end("gone")
    client.did_become_active()
    client.will_resign_active()
    client.will_terminate()
    client.set_network_use("closed")
    client.set_recording(False)
    client.forget()
    client.flush()
    assert not client.flush(1).is_complete
    assert client.add_plugin(print) == 0
    client.remove(1)
    assert client.close()
    assert client.session_id is None
    assert client.visitor.id is None
    assert client.user_id is None
    assert not client.is_recording
    for text in (client.anonymous_id, client.state_directory, client.traits, client.counters):
        assert text is not None
    client.status()
    client.doctor()


def test_a_block_closes_its_client(home: Home) -> None:
    client = home.client()

    def fail() -> None:
        with client:
            client.track("Sold")
            raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011
        fail()

    assert not client.track("Late")
    with home.client() as client:
        assert only(home.after_flush(client))["event"] == "Sold"


@pytest.mark.parametrize("copy", [copy.copy, copy.deepcopy, pickle.dumps])
def test_a_client_cannot_be_copied(home: Home, client: footfall.Analytics, copy: Callable[[object], object]) -> None:
    with pytest.raises(TypeError, match="a client cannot be copied"):
        copy(client)


def test_a_client_without_a_reference_still_records(home: Home) -> None:
    home.client().track("Sold")
    gc.collect()

    (client,) = [open_one for open_one in _client._open if open_one._get(5) == str(home.state)]
    client._library.call.footfall_flush_wait(client._pointer, 10_000, None)
    assert only(home.delivered())["event"] == "Sold"
    client.close()


def test_a_plugin_changes_and_drops(home: Home, client: footfall.Analytics) -> None:
    seen: list[dict[str, Any]] = []

    def plugin(event: footfall.Event) -> object:
        seen.append(event.as_dict())
        if event.name == "Secret":
            return False
        assert event.type == "track"
        assert "properties.email" in event
        assert "properties.missing" not in event
        assert event.get("properties.missing", 5) == 5
        assert event["properties.n"] == 7
        assert event["properties.f"] == 0.5
        assert event["properties.yes"] is True
        assert event["properties.no"] is False
        assert event["properties.none"] is None
        assert event["properties.list"] == [1, {"a": "ü"}]
        event["properties.email"] = "***"
        event["properties.seats"] = {2, 1}
        event["context.shop.zone"] = "A"
        del event["properties.n"]
        with pytest.raises(KeyError):
            event["properties.n"]
        with pytest.raises(ValueError, match="type"):
            event["type"] = "screen"
        with pytest.raises(TypeError):
            event["properties.x"] = object()
        with pytest.raises(ValueError, match="NUL"):
            event["properties.a\0b"] = 1
        return None

    assert client.add_plugin(plugin, name="test") > 0
    client.track("Secret")
    values = {"email": "a@b.c", "n": 7, "f": 0.5, "yes": True, "no": False, "none": None, "list": [1, {"a": "ü"}]}
    client.track("Sold", values)

    event = only(home.after_flush(client))
    assert home.problems == []
    assert [event["event"] for event in seen] == ["Secret", "Sold"]
    assert event["properties"]["email"] == "***"
    assert event["properties"]["seats"] == [1, 2]
    assert "n" not in event["properties"]
    assert event["context"]["shop"] == {"zone": "A"}


def test_an_event_outlives_no_plugin(home: Home, client: footfall.Analytics) -> None:
    kept: list[footfall.Event] = []
    client.add_plugin(kept.append)
    client.track("Sold")
    home.after_flush(client)

    with pytest.raises(RuntimeError, match="as_dict"):
        kept[0].get("event")
    assert "gone" in repr(kept[0])


def test_a_plugin_that_raises_leaves_the_event_as_it_was(
    home: Home, client: footfall.Analytics, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(event: footfall.Event) -> None:
        event["properties.half"] = True
        raise SystemExit("broken plugin")

    client.add_plugin(broken, name="broken")
    client.track("Sold", {"n": 1})

    assert only(home.after_flush(client))["properties"] == {"n": 1}
    assert [problem.code for problem in home.problems] == ["pluginFailed"]
    assert str(home.problems[0]) == "broken failed: SystemExit: broken plugin"
    assert "broken plugin" in caplog.text


def test_a_plugin_may_call_the_client_and_not_close_it(home: Home, client: footfall.Analytics) -> None:
    answers: list[bool] = []

    def plugin(event: footfall.Event) -> None:
        if event.name == "Sold":
            client.track("Again")
            answers.append(client.close())

    client.add_plugin(plugin)
    client.track("Sold")

    client.flush(10)  # does not wait for what the plugin calls meanwhile
    assert sorted(event["event"] for event in home.after_flush(client)) == ["Again", "Sold"]
    assert answers == [False]


@pytest.mark.parametrize("options", [{"stage": "middle"}, {"name": "a\0b"}, {"name": "\ud800"}], ids=repr)
def test_refuses_a_plugin_that_cannot_be_added(home: Home, client: footfall.Analytics, options: Any) -> None:
    assert client.add_plugin(print, **options) == 0
    assert home.problems


def test_a_removed_plugin_sees_nothing_more(home: Home, client: footfall.Analytics) -> None:
    seen: list[str] = []
    number = client.add_plugin(lambda event: seen.append(event.name))
    client.track("One")
    client.flush(10)
    client.remove(number)
    client.remove(number)
    client.track("Two")
    client.flush(10)

    assert seen == ["One"]


def test_sessions_and_visits(home: Home) -> None:
    with home.client(session={}) as client:
        client.start_session()
        client.track("Sold")
        client.flush(10)
        session = client.session_id
        assert session is not None
        device = client.anonymous_id
        client.visitor.begin()
        assert client.visitor.id not in (None, device)
        client.visitor.end()
        assert client.visitor.id is None
        client.flush(10)

    assert only([e for e in home.delivered() if e.get("event") == "Sold"])["integrations"]


def test_says_what_a_flush_did(home: Home, client: footfall.Analytics) -> None:
    for _ in range(5):
        client.track("Sold")

    report = client.flush(30)

    assert report == (True, 5, 0, 0, 0)
    assert report.delivered == 5


def test_a_flush_ends_while_nothing_can_be_delivered(home: Home) -> None:
    webhook = {"type": "webhook", "name": "hook", "endpoint": "http://127.0.0.1:9/events"}
    with home.client(destinations=[webhook]) as client:
        client.track("Sold")
        report = client.flush(3)

    assert not report.is_complete
    assert report.queued == 1


def test_looks_at_itself(home: Home, client: footfall.Analytics) -> None:
    client.track("Sold")
    client.flush(10)

    assert client.state_directory == str(home.state)
    assert client.counters
    assert client.status()["store"]
    assert {"verdict", "thing", "text"} <= set(client.doctor()[0])
    assert client.is_recording


def test_an_opt_out_stops_recording(home: Home, client: footfall.Analytics) -> None:
    client.set_recording(False)
    assert not client.is_recording
    client.track("Hidden")
    client.set_recording(True)
    client.track("Seen")

    assert [event["event"] for event in home.after_flush(client)] == ["Seen"]


def test_log_records_are_events(home: Home, client: footfall.Analytics) -> None:
    logger = logging.getLogger("shop.till")
    logger.propagate = False
    handler = footfall.Handler(client)
    logger.addHandler(handler)
    try:
        logger.info("not recorded")
        try:
            _ = 1 // 0
        except ZeroDivisionError:
            logger.exception("sale %d failed", 7)
        logging.getLogger("footfall").error("own problem")
    finally:
        logger.removeHandler(handler)

    properties = only(home.after_flush(client))["properties"]
    assert properties["level"] == "ERROR"
    assert properties["logger"] == "shop.till"
    assert properties["message"] == "sale 7 failed"
    assert properties["file"] == __file__
    assert properties["exception"] == "ZeroDivisionError"
    assert "1 // 0" in properties["traceback"]


def test_an_error_handler_that_logs_does_not_record_for_ever(home: Home) -> None:
    logger = logging.getLogger("shop")
    logger.propagate = False
    calls: list[str] = []

    def complain(error: footfall.FootfallError) -> None:
        calls.append(error.code)
        logger.error("a problem: %s", error)

    client = footfall.Analytics(home.configuration, state_directory=home.state, on_error=complain)
    handler = footfall.Handler(client, event="")  # each event is refused
    logger.addHandler(handler)
    logger.error("first")
    logger.removeHandler(handler)
    client.close()

    assert calls == ["invalidEvent"]


def test_reads_a_file_and_a_profile(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "config/footfall/shop.json"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps(home.configuration))

    with footfall.Analytics(file, state_directory=home.state) as client:
        client.track("From File")
        client.flush(10)
    with footfall.Analytics(profile="shop", state_directory=home.state) as client:
        client.track("From Profile")
        client.flush(10)

    assert [event["event"] for event in home.delivered()] == ["From File", "From Profile"]


@pytest.mark.parametrize(
    ("configuration", "word"),
    [({}, "application"), ({"writeKy": "K"}, "writeK"), ({"application": {"id": "a"}, "flushAt": "x"}, "flushAt")],
    ids=repr,
)
def test_names_the_wrong_key_of_a_configuration(home: Home, configuration: dict[str, Any], word: str) -> None:
    with pytest.raises(footfall.ConfigurationError, match=word):
        footfall.Analytics(configuration)


def _nested() -> dict[str, Any]:
    inner: dict[str, Any] = {}
    for _ in range(100_000):
        inner = {"a": inner}
    return inner


@pytest.mark.parametrize("configuration", [5, [1], object(), _nested()], ids=["int", "list", "object", "deep"])
def test_refuses_what_is_no_configuration(home: Home, configuration: Any) -> None:
    with pytest.raises(footfall.ConfigurationError):
        footfall.Analytics(configuration, application_id="com.example.Test")


@pytest.mark.parametrize("path", ["/nowhere.json", "/", Path("/dev/null")], ids=str)
def test_names_a_file_that_cannot_be_read(home: Home, path: Any) -> None:
    with pytest.raises(footfall.ConfigurationError, match=str(path)):
        footfall.Analytics(path)


def test_many_threads_record_at_once(home: Home, client: footfall.Analytics) -> None:
    def record() -> None:
        for number in range(500):
            client.track("Sold", {"n": number})

    threads = [threading.Thread(target=record) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(home.after_flush(client)) == 8000
