# SPDX-License-Identifier: MIT
"""Compares the events that the collector received with the departures that were sent."""
import json
import sys

departures = [json.loads(line) for line in open(sys.argv[1])]
sent = [json.loads(line) for line in open(sys.argv[2])]
by_insert_id = {event["insert_id"]: event for event in sent}
assert len(by_insert_id) == len(sent), "an insert_id arrived twice"

for departure in departures:
    event = by_insert_id[departure["messageId"]]
    assert event["event_type"] == departure["event"], event
    assert event.get("user_id") == departure.get("userId"), event
    assert event["event_properties"] == departure["properties"], event
    assert event["session_id"] > 0, event

devices = {event["device_id"] for event in sent}
assert len(devices) == 1, "the departures have no user, so all must have the device id of this installation"
starts = [event for event in sent if event["event_type"] == "session_start"]
ends = [event for event in sent if event["event_type"] == "session_end"]
sessions = {event["session_id"] for event in sent}
assert len(starts) == len(ends) == len(sessions) == 40, (len(starts), len(ends), len(sessions))
assert all(event["time"] == event["session_id"] for event in starts), "a session_start has another time than its session id"
print(f"check: {len(departures)} events with the expected ids, types and properties; {len(sessions)} sessions")
