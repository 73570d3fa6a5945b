# SPDX-License-Identifier: MIT
"""Sends 100 events with Amplitude's own client to the URL in the first argument."""
import sys

from amplitude import Amplitude, BaseEvent, Config

client = Amplitude("AIRPORT", Config(server_url=sys.argv[1], flush_queue_size=50))
for number in range(100):
    client.track(BaseEvent("From Python", user_id="user-1", device_id="device-1", event_properties={"n": number}))
client.flush()
client.shutdown()
