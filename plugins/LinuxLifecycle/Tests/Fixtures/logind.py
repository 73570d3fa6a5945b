#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A D-Bus daemon with a logind of python3-dbusmock, steered by lines on stdin.

Writes the bus's address, then answers each line with a line. Ends, with all it
started, when its input does.
"""
import os
import signal
import subprocess
import sys

import dbus
import dbusmock


def main():
    daemon = subprocess.Popen(
        ["dbus-daemon", "--session", "--nofork", "--nopidfile", "--print-address=1"], stdout=subprocess.PIPE, text=True)
    address = daemon.stdout.readline().strip()
    os.environ["DBUS_SYSTEM_BUS_ADDRESS"] = os.environ["DBUS_SESSION_BUS_ADDRESS"] = address
    logind = None
    try:
        logind = subprocess.Popen(
            ["/usr/bin/python3", "-m", "dbusmock", "--system", "--template", "logind"], stdout=subprocess.DEVNULL)
        bus = dbus.bus.BusConnection(address)
        for _ in range(100):
            if bus.name_has_owner("org.freedesktop.login1"):
                break
            signal.sigtimedwait([], 0.05)
        manager = bus.get_object("org.freedesktop.login1", "/org/freedesktop/login1")
        mock = dbus.Interface(manager, dbusmock.MOCK_IFACE)
        path = mock.AddSession("c1", "seat0", 1000, "someone", True)
        session = bus.get_object("org.freedesktop.login1", path)
        session_mock = dbus.Interface(session, dbusmock.MOCK_IFACE)
        print(address, flush=True)
        for line in sys.stdin:
            words = line.split()
            value = len(words) > 1 and words[1] == "1"
            if words[0] in ("PrepareForSleep", "PrepareForShutdown"):
                mock.EmitSignal("org.freedesktop.login1.Manager", words[0], "b", [value])
            elif words[0] in ("Lock", "Unlock"):
                session_mock.EmitSignal("org.freedesktop.login1.Session", words[0], "", [])
            elif words[0] == "inhibitors":
                listed = dbus.Interface(manager, "org.freedesktop.login1.Manager").ListInhibitors()
                print(len(listed), flush=True)
                continue
            else:
                session_mock.UpdateProperties(
                    "org.freedesktop.login1.Session", {words[0]: dbus.Boolean(value)})
            print("done", flush=True)
    finally:
        for process in (logind, daemon):
            if process:
                process.kill()
                process.wait()


main()
