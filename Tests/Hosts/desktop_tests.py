#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs the GTK and the Qt example on a display of their own, clicks in them, and takes their pictures.

    FOOTFALL_PREFIX=/usr/local PICTURES=DIRECTORY Tests/Hosts/desktop_tests.py
"""

import json
import os
import pathlib
import re
import signal
import subprocess
import time

from support import COMMAND, ROOT, WALL_LIMIT, HostTest, environment, main, program_of_page

PICTURES = pathlib.Path(os.environ.get("PICTURES", ".")).resolve()
APPLICATION = "org.example.TicketCounter"
LIFECYCLE = ["Application Backgrounded", "Application Opened", "Application Foregrounded"]


class Desktop:
    """An X server with a window manager."""

    def __init__(self, home):
        self.server = subprocess.Popen(
            ["Xvfb", "-displayfd", "1", "-screen", "0", "800x600x24", "-nolisten", "tcp"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.display = ":" + self.server.stdout.readline().strip()
        self.environment = environment(
            home, DISPLAY=self.display, GSK_RENDERER="cairo", GDK_BACKEND="x11", QT_QPA_PLATFORM="xcb", LC_ALL="C.UTF-8"
        )
        self.manager = subprocess.Popen(
            ["openbox"], env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        # A window that is there before the manager gets no frame.
        end = time.monotonic() + WALL_LIMIT
        while "window id" not in self.run("xprop", "-root", "_NET_SUPPORTING_WM_CHECK") and time.monotonic() < end:
            time.sleep(0.02)

    def close(self):
        for process in (self.manager, self.server):
            process.terminate()
            process.wait(timeout=WALL_LIMIT)
        self.server.stdout.close()

    def run(self, *words):
        done = subprocess.run(
            [str(word) for word in words],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            timeout=WALL_LIMIT,
        )
        return done.stdout.strip()

    def xdotool(self, *words):
        return self.run("xdotool", *words)

    def window(self, title):
        """The window with a title, as soon as the window manager has given it the focus, as it does with a new one."""
        end = time.monotonic() + WALL_LIMIT
        while time.monotonic() < end:
            active = self.xdotool("getactivewindow")
            if active and re.fullmatch(title, self.xdotool("getwindowname", active)):
                return active
            time.sleep(0.05)
        raise RuntimeError(f"no window is called {title}")

    def named(self, title):
        """The window with a title, whether it has the focus or not."""
        return self.xdotool("search", "--onlyvisible", "--name", f"^{title}$").split()[-1]

    def focus(self, window):
        """Gives a window the focus as a user does: by a click, on a part that is no button."""
        self.click(window, 0.15)
        end = time.monotonic() + WALL_LIMIT
        while self.xdotool("getactivewindow") != window and time.monotonic() < end:
            time.sleep(0.05)

    def click(self, window, part):
        """Clicks in the middle of the window, at a part of its height."""
        height = int(re.search(r"HEIGHT=(\d+)", self.xdotool("getwindowgeometry", "--shell", window)).group(1))
        width = int(re.search(r"WIDTH=(\d+)", self.xdotool("getwindowgeometry", "--shell", window)).group(1))
        self.xdotool("mousemove", "--window", window, width // 2, int(height * part), "click", 1)

    def picture(self, name):
        PICTURES.mkdir(parents=True, exist_ok=True)
        time.sleep(0.3)  # until the toolkit has drawn what the last click changed
        subprocess.run(
            ["import", "-window", "root", PICTURES / f"{name}.png"],
            env=self.environment,
            check=True,
            timeout=WALL_LIMIT,
        )


class DesktopTest(HostTest):
    # Parts of the window's height at which the two buttons are.
    ADULT, CHILD = 0.5, 0.83

    def setUp(self):
        super().setUp()
        self.desktop = Desktop(self.home)
        self.addCleanup(self.desktop.close)

    def start(self, program, *arguments, cwd, **more):
        process = subprocess.Popen([program, *arguments], cwd=cwd, env={**self.desktop.environment, **more})
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def configure(self, file, **more):
        """Adds keys to a configuration; each event is to be delivered at once."""
        text = file.read_text()
        keys = json.dumps({"flushAt": 1, **more})[1:-1]
        file.write_text(text.replace("{", "{ " + keys + ",", 1))

    def end(self, process):
        """Closes the window as a user does, and delivers what the app recorded at its end."""
        self.desktop.xdotool("key", "--clearmodifiers", "alt+F4")
        self.assertEqual(process.wait(timeout=WALL_LIMIT), 0)

    def deliver(self, configuration, application=APPLICATION):
        self.run_program(COMMAND, "--config", configuration, "--profile", application, "flush")

    def look_away(self, window):
        """Gives the focus to another program for 2.5 seconds."""
        # It stays until the test ends, since a window that closes may take the focus along.
        self.start("xmessage", "another program", cwd=self.directory)
        self.desktop.window("xmessage")
        time.sleep(2.5)
        self.desktop.focus(window)

    def sessions(self, events):
        return {event["integrations"]["Actions Amplitude"]["session_id"] for event in events}


class ExampleTests:
    """What the GTK and the Qt example have in common; the classes below name the toolkit."""

    def test_two_clicks_and_a_look_away_are_one_session(self):
        example = self.build()
        self.configure(example / "footfall.json")
        app = self.start(self.program, "footfall.json", cwd=example)
        window = self.desktop.window("Tickets")
        self.desktop.click(window, self.ADULT)
        self.desktop.click(window, self.CHILD)
        self.collector.wait_for(4)
        self.desktop.picture(f"{self.toolkit}-two-clicks")
        self.look_away(window)
        self.collector.wait_for(7)
        self.end(app)
        self.deliver(example / "footfall.json")

        # A request whose answer the app's end has cut off is sent again, under the same messageIds.
        events = list({event["messageId"]: event for event in self.collector.wait_for(8)}.values())
        self.assertEqual(
            self.names(events),
            ["Application Installed", "Application Opened", "Ticket Sold", "Ticket Sold", *LIFECYCLE, "Application Terminated"],
        )
        self.assertEqual([event["properties"]["kind"] for event in events[2:4]], ["adult", "child"])
        self.assertEqual(len(self.sessions(events)), 1)
        self.assertNotIn(-1, self.sessions(events))
        self.assertEqual(len({event["anonymousId"] for event in events}), 1)

    def test_visitor_who_walks_away_ends_the_visit(self):
        example = self.build()
        kiosk = example / "kiosk.json"
        kiosk.write_text(kiosk.read_text().replace('"30s"', '"3s", "sendsMarkersToAll": true'))
        self.configure(kiosk)
        app = self.start(self.program, "--kiosk", "kiosk.json", cwd=example)
        window = self.desktop.window("Tickets")
        self.desktop.picture(f"{self.toolkit}-kiosk-waits")
        self.desktop.click(window, self.ADULT)
        # Installed, Opened, session_start and the click, then session_end; the second visitor adds two.
        self.collector.wait_for(4)
        self.desktop.picture(f"{self.toolkit}-kiosk-visited")
        walked_away = self.collector.wait_for(5)[-1]
        time.sleep(1.5)  # the app looks for the visitor once a second
        self.desktop.picture(f"{self.toolkit}-kiosk-waits-again")
        self.desktop.click(window, self.CHILD)
        self.collector.wait_for(7)
        self.end(app)

        self.assertEqual(walked_away["event"], "session_end")
        self.assertEqual(walked_away["properties"]["reason"], "timeout")
        sold = [event for event in self.collector.events() if event["event"] == "Ticket Sold"]
        self.assertEqual([event["properties"]["kind"] for event in sold], ["adult", "child"])
        self.assertNotEqual(sold[0]["anonymousId"], sold[1]["anonymousId"], "each visitor has an id of their own")
        self.assertEqual(len(self.sessions(sold)), 2)

    def test_program_of_the_page_delivers_a_click(self):
        """The program of the page, built as the page says."""
        self.write_page(self.directory)
        app = self.start("./hello" if self.toolkit == "gtk" else "build/hello", cwd=self.directory)
        window = self.desktop.window("hello|com.example.Hello")
        self.desktop.click(window, 0.5)
        self.assertEqual(
            self.names(self.collector.wait_for(4)),
            ["session_start", "Application Installed", "Application Opened", "Button Clicked"],
        )
        app.send_signal(signal.SIGTERM)
        app.wait(timeout=WALL_LIMIT)

    def test_windows_of_one_app_are_one_app(self):
        """Going from a window to another is not leaving, closing the last one is; a client that was freed hears nothing."""
        configuration = self.directory / "footfall.json"
        configuration.write_text(self.collector.address_in((ROOT / "examples" / self.toolkit / "footfall.json").read_text()))
        self.configure(configuration)
        # A client that is used after its end, or freed twice, ends the program.
        self.compile("windows", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=undefined")
        app = self.start("./windows", configuration, cwd=self.directory, ASAN_OPTIONS="detect_leaks=0")
        two = self.desktop.window("Two")
        self.desktop.focus(self.desktop.named("One"))
        time.sleep(2)
        self.desktop.focus(two)
        time.sleep(2)
        self.desktop.xdotool("key", "--clearmodifiers", "alt+F4")
        self.desktop.window("One")
        time.sleep(2)
        started = ["Application Installed", "Application Opened"]
        self.assertEqual(self.names(self.collector.events()), started)
        self.desktop.xdotool("key", "--clearmodifiers", "alt+F4")
        self.assertEqual(self.names(self.collector.wait_for(3)), [*started, LIFECYCLE[0]])
        app.send_signal(signal.SIGUSR1)
        three = self.desktop.window("Three")
        self.assertEqual(self.names(self.collector.wait_for(5)), [*started, *LIFECYCLE])

        app.send_signal(signal.SIGUSR2)
        self.collector.wait_for(5)
        self.look_away(three)
        self.desktop.xdotool("key", "--clearmodifiers", "alt+F4")
        app.send_signal(signal.SIGTERM)
        self.assertEqual(app.wait(timeout=WALL_LIMIT), 0)
        self.deliver(configuration)
        events = {event["messageId"]: event for event in self.collector.wait_for(6)}.values()
        self.assertEqual(self.names(events), [*started, *LIFECYCLE, "Application Terminated"])


class GTKTests(ExampleTests, DesktopTest):
    toolkit = "gtk"
    program = "./ticket-counter"

    def compile(self, name, *flags):
        source = ROOT / "Tests" / "Hosts" / f"{name}.c"
        flags = " ".join(["-Wall -Wextra -Werror", *flags])
        self.run_program("sh", "-c", f"gcc {flags} -o {name} {source} $(pkg-config --cflags --libs gtk4 footfall)")

    def test_header_compiles_as_cpp(self):
        self.run_program(
            "sh", "-c", "echo '#include <footfall-gtk.h>' | g++ -std=c++17 -Wall -Wextra -Werror -fsyntax-only -x c++ "
            "$(pkg-config --cflags gtk4 footfall) -",
        )

    def build(self):
        example = self.copy_example("gtk")
        self.run_program("make", "CFLAGS=-O1 -Wall -Wextra -Werror", cwd=example)
        return example

    def write_page(self, directory):
        (directory / "hello.c").write_text(program_of_page("gtk.md", "c"))
        (directory / "footfall.json").write_text(self.collector.address_in(program_of_page("gtk.md", "json")))
        self.run_program("sh", "-c", "cc -Wall -Wextra -Werror -o hello hello.c $(pkg-config --cflags --libs gtk4 footfall)")


class QtTests(ExampleTests, DesktopTest):
    toolkit = "qt"
    program = "build/ticket-counter"

    def compile(self, name, *flags):
        source = ROOT / "Tests" / "Hosts" / f"{name}.cpp"
        flags = " ".join(["-std=c++17 -fPIC -Wall -Wextra -Werror", *flags])
        self.run_program("sh", "-c", f"g++ {flags} -o {name} {source} $(pkg-config --cflags --libs Qt6Widgets footfall)")

    def build(self):
        example = self.copy_example("qt")
        self.run_program("cmake", "-B", "build", "-DCMAKE_CXX_FLAGS=-Werror", cwd=example)
        self.run_program("cmake", "--build", "build", cwd=example)
        return example

    def write_page(self, directory):
        (directory / "hello.cpp").write_text(program_of_page("qt.md", "cpp"))
        (directory / "CMakeLists.txt").write_text(program_of_page("qt.md", "cmake"))
        (directory / "footfall.json").write_text(self.collector.address_in(program_of_page("qt.md", "json")))
        self.run_program("cmake", "-B", "build", "-DCMAKE_CXX_FLAGS=-Wall -Wextra -Werror", cwd=directory)
        self.run_program("cmake", "--build", "build", cwd=directory)


if __name__ == "__main__":
    main()
