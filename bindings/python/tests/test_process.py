# SPDX-License-Identifier: MIT
"""Exits, forks, signals, consent and locales of whole processes."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from conftest import Home, Run

CLIENT = "client = footfall.Analytics(configuration, state_directory=state)\n"


def names(home: Home) -> list[str]:
    """All events, after the next start of a client."""
    with home.client() as client:
        return sorted(event["event"] for event in home.after_flush(client))


def test_a_hundred_exits_with_a_plugin_and_without_a_close_are_clean(run: Run, home: Home, tmp_path: Path) -> None:
    code = (
        CLIENT
        + """
import sys, time
def plugin(event):
    time.sleep(0.001)
    return event.as_dict()
client.add_plugin(plugin)
# A critical event is stored at once, so the plugin runs while the interpreter ends.
for number in range(20): client.track("Sold", {"n": number, "run": sys.argv[1]}, priority="critical")
"""
    )
    run(code, "first")
    script = tmp_path / "script.py"
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1] / "src")}

    def exit_once(number: int) -> tuple[int, bytes]:
        done = subprocess.run(
            [shutil.which("python3") or "python3", str(script), str(number)],
            env=environment,
            capture_output=True,
            timeout=60,
            check=False,
        )
        return done.returncode, done.stderr

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(exit_once, range(99))) == {(0, b"")}

    assert len(names(home)) == 100 * 20


@pytest.mark.parametrize(
    "end",
    [
        "",
        "sys.exit(0)",
        "os._exit(0)",
        "raise SystemExit",
        "threading.Thread(target=lambda: (time.sleep(0.05), client.track('Sold'))).start(); n = 9",
        "atexit.register(lambda: client.track('Sold')); n = 9",
        "client.close(); client.close()",
        "del client; gc.collect()",
    ],
)
def test_loses_nothing_however_a_program_ends(run: Run, home: Home, end: str) -> None:
    code = f"import atexit, gc, os, sys, threading, time\n{CLIENT}client.add_plugin(lambda event: None)\nn = 10\n"
    begin, _, n = end.partition("; n = ")
    code += f"for _ in range({n or 10}): client.track('Sold')\n{begin}\n"

    result = run(code)

    assert (result.returncode, result.stderr) == (0, "")
    assert names(home) == ["Sold"] * 10


def test_an_exception_ends_the_program_as_ever(run: Run, home: Home) -> None:
    result = run(CLIENT + "client.track('Sold')\n1 // 0")

    assert result.returncode == 1
    assert "ZeroDivisionError" in result.stderr
    assert names(home) == ["Sold"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL, signal.SIGINT], ids=lambda number: number.name)
def test_loses_nothing_at_a_signal(run: Run, home: Home, number: signal.Signals) -> None:
    result = run(CLIENT + f"import os\nfor _ in range(10): client.track('Sold')\nos.kill(os.getpid(), {number})")

    # Python turns SIGINT into an exception, and then ends with the signal.
    assert result.returncode == -number
    assert names(home) == ["Sold"] * 10


def test_leaves_all_signals_to_the_program(run: Run) -> None:
    result = run(f"""
import signal
before = [signal.getsignal(n) for n in range(1, 32)]
{CLIENT}client.track('Sold')
client.flush(5)
caught = [line for line in open('/proc/self/status') if line.startswith('SigCgt')]
print(before == [signal.getsignal(n) for n in range(1, 32)], int(caught[0].split()[1], 16) & 0x7FFFFFFF)
""")

    # Bit 1 is SIGINT, which Python itself catches.
    assert result.stdout.split() == ["True", "2"]


@pytest.mark.parametrize("hang", ["time.sleep(1000)", "while True: pass"])
def test_a_plugin_that_hangs_keeps_no_program_alive(run: Run, home: Home, hang: str) -> None:
    result = run(
        CLIENT
        + f"""
import time
started = []
def plugin(event):
    started.append(1)
    {hang}
client.add_plugin(plugin, name="slow")
client.track('Sold')
while not started: time.sleep(0.01)
"""
    )

    assert result.returncode == 0
    assert "pluginBlocked: plugin slow" in result.stderr
    assert names(home) == ["Sold"]


def test_a_plugin_that_takes_its_time_is_waited_for(run: Run, home: Home) -> None:
    result = run(
        CLIENT
        + """
import time
started = []
def plugin(event):
    started.append(1)
    time.sleep(0.3)
    print("done")
client.add_plugin(plugin)
client.track('Sold')
while not started: time.sleep(0.01)
"""
    )

    assert (result.returncode, result.stdout, result.stderr) == (0, "done\n", "")
    assert names(home) == ["Sold"]


def test_no_callback_begins_after_a_close_that_is_over(run: Run, home: Home) -> None:
    result = run(
        CLIENT
        + """
import time
began = []
def slow(event):
    began.append(event.name)
    time.sleep(0.02)
client.add_plugin(slow)
for number in range(100): client.track("Sold")
print(client.close(0.1))
count = len(began)
time.sleep(0.1)
assert len(began) == count < 100, (count, len(began))
assert not client.track("Late")
"""
    )

    assert (result.returncode, result.stdout, result.stderr) == (0, "False\n", "")
    assert names(home) == ["Sold"] * 100


def test_a_pool_of_three_forked_workers_loses_nothing(run: Run, home: Home) -> None:
    result = run(
        CLIENT
        + """
import multiprocessing
def work(number):
    assert client.track("Worked", {"number": number})
    return number
client.track("Started")
with multiprocessing.get_context("fork").Pool(3) as pool:
    assert pool.map(work, range(60)) == list(range(60))
client.track("Ended")
"""
    )

    assert (result.returncode, result.stderr) == (0, "")
    assert names(home) == ["Ended", "Started"] + ["Worked"] * 60


def test_a_forked_child_goes_on_in_every_way(run: Run, home: Home) -> None:
    result = run(
        CLIENT
        + """
import os, sys
client.add_plugin(lambda event: None)
for way in ("exit", "_exit", "close", "flush"):
    client.track("Parent")
    child = os.fork()
    if child == 0:
        client.track("Child")
        if way == "close": client.close()
        if way == "flush": client.flush(5)
        if way == "exit": sys.exit(0)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0, way
"""
    )

    assert result.returncode == 0, result.stderr
    assert names(home) == ["Child"] * 4 + ["Parent"] * 4


def test_a_child_that_is_forked_while_a_plugin_runs_ends_in_order(run: Run, home: Home) -> None:
    result = run(
        CLIENT
        + """
import os, sys, time
started = []
def plugin(event):
    started.append(1)
    time.sleep(0.3)
client.add_plugin(plugin)
client.track("Parent")
while not started: time.sleep(0.01)
child = os.fork()
client.track("Parent" if child else "Child")
if child: assert os.waitpid(child, 0)[1] == 0
"""
    )

    assert (result.returncode, result.stderr) == (0, "")
    assert names(home) == ["Child", "Parent", "Parent"]


def test_the_functions_work_in_a_child_that_forked_in_their_first_call(run: Run, home: Home) -> None:
    result = run("""
import os, threading
from footfall import _segment
footfall.configuration = {**configuration, "stateDirectory": state}
_segment._default._lock.acquire()
child = os.fork()
if child == 0:
    footfall.track("u", "Child")
    footfall.join()
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
""")

    assert (result.returncode, result.stderr) == (0, "")
    assert names(home) == ["Child"]


def test_do_not_track_leaves_no_file_and_no_thread(run: Run, home: Home, tmp_path: Path) -> None:
    result = run(
        CLIENT
        + """
import os
assert client.track("Hidden", {"a": 1})
client.identify("u")
client.flush(1)
assert not client.is_recording
print(len(os.listdir("/proc/self/task")))
""",
        DO_NOT_TRACK="1",
    )

    assert (result.returncode, result.stdout, result.stderr) == (0, "1\n", "")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["script.py"]


def test_starts_one_thread_until_something_is_delivered(run: Run) -> None:
    result = run(CLIENT + "import os; print(len(os.listdir('/proc/self/task')))")

    assert result.stdout == "2\n"


def test_a_number_keeps_its_point_in_a_german_locale(run: Run, home: Home, tmp_path: Path) -> None:
    locales = tmp_path / "locales"
    locales.mkdir()
    subprocess.run(
        ["localedef", "-i", "de_DE", "-f", "UTF-8", str(locales / "de_DE.UTF-8")], check=True, capture_output=True
    )

    result = run(
        "import locale\nlocale.setlocale(locale.LC_ALL, 'de_DE.UTF-8')\n"
        "assert locale.localeconv()['decimal_point'] == ','\n"
        + CLIENT
        + "client.add_plugin(lambda event: event.__setitem__('properties.set', 1.5))\n"
        "client.track('Sold', {'total': 59.9}, timestamp=1700000000.25)\nclient.flush(10)",
        LOCPATH=str(locales),
        LC_ALL="de_DE.UTF-8",
    )

    assert (result.returncode, result.stderr) == (0, "")
    assert home.delivered()[0]["properties"] == {"total": 59.9, "set": 1.5}
    assert '"total":59.9' in home.file.read_text().replace(" ", "")
    assert home.delivered()[0]["timestamp"] == "2023-11-14T22:13:20.250Z"
