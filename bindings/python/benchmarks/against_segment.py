# SPDX-License-Identifier: MIT
"""Measures `track` beside segment-analytics-python, in one process and in turn, since shared machines drift.

    python against_segment.py            # needs footfall, the C library, and segment-analytics-python

Segment's client sends nothing (its queue is emptied between the rounds), and neither does ours: what is measured is
the call. Ours writes the event to the disk's cache in that time, so that it survives the process; Segment's keeps it
in memory.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import footfall

ROUNDS = 20
CALLS = 200

PROPERTIES: dict[str, Any] = {
    "order_id": "50314b8e",
    "total": 59.9,
    "currency": "EUR",
    "quantity": 3,
    "coupon": None,
    "first": True,
    "products": ["A-1", "B-2"],
    "shop": {"id": 7, "city": "Köln"},
    "discount": 0.05,
    "channel": "kiosk",
}


def paced(call: Callable[[], object]) -> list[float]:
    """Microseconds of each call, one every 200 µs, as a busy program makes them."""
    times = []
    for _ in range(CALLS):
        begin = time.perf_counter_ns()
        call()
        end = time.perf_counter_ns()
        times.append((end - begin) / 1000)
        while time.perf_counter_ns() - end < 200_000:
            pass
    return times


def import_time(module: str) -> float:
    """Milliseconds that the import adds to a process: the median of 7, above that of an empty one."""

    def run(code: str) -> float:
        times = []
        for _ in range(7):
            begin = time.perf_counter()
            subprocess.run([sys.executable, "-c", code], check=True)
            times.append((time.perf_counter() - begin) * 1000)
        return statistics.median(times)

    return run(f"import {module}") - run("pass")


def show(name: str, times: list[float]) -> float:
    times.sort()
    median = statistics.median(times)
    print(f"{name:42} median {median:6.1f} µs   p99 {times[len(times) * 99 // 100]:6.1f} µs")
    return median


def main() -> int:
    try:
        from segment.analytics.client import Client  # type: ignore[import-untyped,import-not-found,unused-ignore]
    except ImportError:
        print("SKIPPED: segment-analytics-python is not installed")
        return 0
    with tempfile.TemporaryDirectory() as directory:
        ours = footfall.Analytics(
            {"application": {"id": "org.example.Bench"}, "destinations": [{"type": "file", "path": f"{directory}/e"}]},
            state_directory=f"{directory}/state",
        )
        segments = Client("KEY", send=False, max_queue_size=1_000_000)
        # Without the thread that sends, events stay in the queue.
        segments.send = True
        mixed = {**PROPERTIES, "total": Decimal("59.90"), "seats": {"A1", "A2"}}
        measured: dict[str, list[float]] = {"segment": [], "footfall": [], "mixed": [], "foreign": []}
        for _ in range(ROUNDS):
            measured["segment"] += paced(lambda: segments.track("user-1", "Order Completed", dict(PROPERTIES)))
            while not segments.queue.empty():
                segments.queue.get_nowait()
            measured["footfall"] += paced(lambda: ours.track("Order Completed", PROPERTIES))
            measured["mixed"] += paced(lambda: ours.track("Order Completed", mixed))
            measured["foreign"] += paced(
                lambda: ours.track("Order Completed", PROPERTIES, user_id="user-1", foreign=True)
            )
        theirs = show("segment-analytics-python, into its queue", measured["segment"])
        median = show("footfall, safe from the process's death", measured["footfall"])
        show("the same for another user (foreign)", measured["foreign"])
        show("the same with a Decimal and a set", measured["mixed"])
        print(f"{'ratio of the medians':42} {median / theirs:6.2f}")
        ours.close()
    print(f"{'import footfall':42} {import_time('footfall'):6.1f} ms")
    print(f"{'import segment.analytics':42} {import_time('segment.analytics'):6.1f} ms")
    return 0 if median <= theirs else 1


if __name__ == "__main__":
    sys.exit(main())
