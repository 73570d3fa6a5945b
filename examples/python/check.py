# SPDX-License-Identifier: MIT
"""Checks what the two programs delivered: python3 check.py EVENTS ORDERS"""

from __future__ import annotations

import json
import sys

path, orders = sys.argv[1], int(sys.argv[2])
with open(path, encoding="utf-8") as file:
    events = [json.loads(line) for line in file]


def named(name: str) -> list[dict[str, object]]:
    return [event for event in events if event.get("event") == name]


def check(holds: bool, claim: str) -> None:
    print(f"  {'ok' if holds else 'WRONG'}: {claim}")
    if not holds:
        sys.exit(1)


(searched,) = named("Directory Searched")
properties = searched["properties"]
check(properties["files"] == 3 and properties["suffixes"] == [".bin", ".txt"], "the script counted three files")
check(isinstance(properties["seconds"], float), "its time is a number")
sold = named("Order Completed")
check(len(sold) == orders, f"{orders} orders arrived once each")
check(len({event["messageId"] for event in sold}) == orders, "each has its own messageId")
check({event["userId"] for event in sold} == {f"u-{n}" for n in range(orders)}, "each has its customer")
check(all("anonymousId" not in event for event in sold), "none has the identity of this machine")
check(all(event["properties"]["total"] == 59.9 for event in sold), "each price is a number")
check(len(named("Service Started")) == 1 and len(named("Service Ended")) == 1, "the parent recorded its start and end")
