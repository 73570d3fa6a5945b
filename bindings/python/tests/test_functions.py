# SPDX-License-Identifier: MIT
"""The module's functions, beside segment-analytics-python."""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Any

import pytest
from conftest import Home, Run

import footfall

#: The parameters of segment-analytics-python 2.3.4.
SEGMENTS = {
    "track": "user_id event properties context timestamp anonymous_id integrations message_id",
    "identify": "user_id traits context timestamp anonymous_id integrations message_id",
    "group": "user_id group_id traits context timestamp anonymous_id integrations message_id",
    "alias": "previous_id user_id context timestamp integrations message_id",
    "page": "user_id category name properties context timestamp anonymous_id integrations message_id",
    "screen": "user_id category name properties context timestamp anonymous_id integrations message_id",
    "flush": "",
    "join": "",
    "shutdown": "",
}


@pytest.mark.parametrize("name", SEGMENTS)
def test_has_segments_signature(name: str) -> None:
    assert list(inspect.signature(getattr(footfall, name)).parameters) == SEGMENTS[name].split()


def test_calls_with_a_user_have_nothing_of_this_device(run: Run, home: Home) -> None:
    result = run("""
footfall.configuration = {**configuration, "stateDirectory": state}
footfall.track("u-1", "Ordered", {"total": 59.9})
footfall.track(anonymous_id="a-1", event="Looked")
footfall.identify("u-2", {"plan": "free"})
footfall.page("u-3", "Docs", "Start")
footfall.screen("u-4", None, "Home")
footfall.group("u-5", "g-1")
footfall.alias("old", "new")
footfall.track(event="Started")
footfall.shutdown()
""")

    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    events = {event.get("event") or event["type"]: event for event in home.delivered()}
    ids = {name: (event.get("userId"), event.get("anonymousId")) for name, event in events.items()}
    device = ids.pop("Started")
    assert device[0] is None
    assert device[1]
    assert ids == {
        "Ordered": ("u-1", None),
        "Looked": (None, "a-1"),
        "identify": ("u-2", None),
        "page": ("u-3", None),
        "screen": ("u-4", None),
        "group": ("u-5", None),
        "alias": ("new", None),
    }
    assert events["Ordered"]["properties"] == {"total": 59.9}
    assert (events["page"]["category"], events["page"]["name"]) == ("Docs", "Start")


def test_a_key_alone_is_enough(run: Run) -> None:
    result = run("""
footfall.write_key = "KEY"
footfall.host = "http://127.0.0.1:9"
print(footfall.track("u-1", "Ordered")[0])
from footfall._segment import _default
client = _default.client()
client.flush(3)
print(client.state_directory)
print([destination["name"] for destination in client.status()["destinations"]])
""")

    taken, directory, destinations = result.stdout.splitlines()
    assert taken == "True"
    assert "python.script." in directory
    assert destinations == "['segment']"


@pytest.mark.parametrize(
    "call",
    [
        "footfall.track()",
        "footfall.track('u')",
        "footfall.track('u', 5)",
        "footfall.track('u', 'E', [1])",
        "footfall.track(object(), 'E')",
        "footfall.track('u', 'E', {'x': object()})[0] or 1",
        "footfall.identify('u', timestamp='yesterday')",
        "footfall.group('u')",
        "footfall.alias()",
    ],
)
def test_raises_nothing_and_reports(run: Run, call: str) -> None:
    result = run(f"""
footfall.configuration = {{**configuration, "stateDirectory": state}}
footfall.on_error = lambda error, items: print(error.code, items)
{call}
""")

    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == "invalidEvent []\n"


def test_sends_nothing_when_told_so(run: Run, home: Home) -> None:
    result = run("""
footfall.configuration = {**configuration, "stateDirectory": state}
footfall.send = False
print(*footfall.track("u-1", "Ordered"))
footfall.shutdown()
""")

    assert result.stdout.startswith("True {")
    assert home.delivered() == []


def test_sync_mode_returns_when_the_event_is_delivered(run: Run, home: Home) -> None:
    result = run("""
footfall.configuration = {**configuration, "stateDirectory": state}
footfall.sync_mode = True
footfall.track("u-1", "Ordered")
print(open(configuration["destinations"][0]["path"]).read())
""")

    assert json.loads(result.stdout)["event"] == "Ordered"


def test_reports_a_broken_configuration_once(run: Run) -> None:
    result = run("""
footfall.configuration = {"flushAt": []}
footfall.on_error = lambda error, items: print(error.code)
for _ in range(3): print(footfall.track("u-1", "Ordered")[0])
footfall.flush(); footfall.join(); footfall.shutdown()
""")

    assert result.stdout.split() == ["invalidConfiguration", "False", "False", "False"]
    assert result.returncode == 0


def test_exports_what_it_names() -> None:
    names: dict[str, Any] = vars(footfall)

    assert [name for name in footfall.__all__ if name not in names] == []
    assert Path(footfall.__file__).with_name("py.typed").exists()
