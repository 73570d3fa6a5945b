#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares the events that a collector received with the file that was sent.

    check.py INPUT.ndjson COLLECTED.ndjson SESSIONS

Checks that each messageId arrived once with equal properties and times, and that
there are SESSIONS sessions, each with the time of its first event as its id, one
session_start and one session_end.
"""
import json
import sys
from datetime import datetime


def milliseconds(text):
    return round(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000)


def session_of(event):
    return event["integrations"]["Actions Amplitude"]["session_id"]


def main():
    source, collected, expected = sys.argv[1], sys.argv[2], int(sys.argv[3])
    with open(source) as lines:
        sent = {event["messageId"]: event for event in map(json.loads, lines)}
    with open(collected) as lines:
        got = [json.loads(line) for line in lines]

    problems = []
    markers = {"session_start": {}, "session_end": {}}
    sessions, seen, ids = {}, set(), set()
    for event in got:
        if event["messageId"] in ids:
            problems.append(f"{event['messageId']} arrived twice")
        ids.add(event["messageId"])
        session = session_of(event)
        if not isinstance(session, int):
            problems.append(f"the session of {event['messageId']} is {session!r}, not an integer")
        if event["event"] in markers:
            if session in markers[event["event"]]:
                problems.append(f"session {session} has two {event['event']}")
            markers[event["event"]][session] = event
            continue
        original = sent.get(event["messageId"])
        if original is None:
            problems.append(f"{event['messageId']} arrived but is not in the file")
            continue
        seen.add(event["messageId"])
        for field in ("type", "event", "timestamp", "properties"):
            if event[field] != original[field]:
                problems.append(f"{field} of {event['messageId']} changed")
        sessions.setdefault(session, []).append(milliseconds(event["timestamp"]))

    problems += [f"{missing} did not arrive" for missing in sent.keys() - seen]
    for session, times in sessions.items():
        if session != min(times):
            problems.append(f"session {session} has its first event at {min(times)}")
        start = markers["session_start"].get(session)
        if start is None or milliseconds(start["timestamp"]) != min(times):
            problems.append(f"session {session} has no session_start at the time of its first event")
        end = markers["session_end"].get(session)
        if end is None or milliseconds(end["timestamp"]) != max(times):
            problems.append(f"session {session} has no session_end at the time of its last event")
    for name, found in markers.items():
        if len(found) != expected:
            problems.append(f"{len(found)} {name} instead of {expected}")
    if len(sessions) != expected:
        problems.append(f"{len(sessions)} sessions instead of {expected}")

    for problem in problems[:20]:
        print(f"check: {problem}", file=sys.stderr)
    if problems:
        sys.exit(f"check: {len(problems)} problem{'s' if len(problems) > 1 else ''}")
    print(f"check: {len(seen)} events, each once and unchanged; {len(sessions)} sessions, each with a start and an end")


main()
