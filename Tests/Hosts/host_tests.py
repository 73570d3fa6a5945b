#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Builds and runs programs in C and C++ against an installed library, as their developers would.

    FOOTFALL_PREFIX=/usr/local Tests/Hosts/host_tests.py
"""

from support import ROOT, HostTest, main, program_of_page

STRICT = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]
FLAGS = "$(pkg-config --cflags --libs footfall)"


class CTests(HostTest):
    def test_example_sells_tickets_and_delivers_them(self):
        example = self.copy_example("c")
        self.run_program("make", "CFLAGS=-O1 " + " ".join(STRICT), cwd=example)
        printed = self.run_program("./tickets", "footfall.json", cwd=example, stdin="adult 2\nchild\n\nadult 200\n")
        self.assertIn("2 adult: 25.00\n1 child: 6.00\n", printed)

        # A reset ends the session of the first customer, so the second has another.
        events = self.collector.wait_for(9)
        markers = [name for name in self.names(events) if name.startswith("session")]
        self.assertEqual(markers, ["session_start", "session_end", "session_start"])
        events = [event for event in events if not event["event"].startswith("session")]
        self.assertEqual(
            self.names(events),
            ["Application Installed", "Application Opened", "Tickets Sold", "Tickets Sold", "Sale Refused", "Counter Closed"],
        )
        self.assertEqual(events[2]["properties"], {"kind": "adult", "count": 2, "total": 25, "cash": True})
        self.assertEqual(events[3]["properties"]["total"], 6)
        self.assertEqual(events[2]["anonymousId"], events[3]["anonymousId"])
        self.assertNotEqual(events[3]["anonymousId"], events[4]["anonymousId"], "the next customer is another user")
        self.assertEqual(events[5]["context"]["app"]["version"], "1.0.0")

    def test_example_delivers_at_the_next_start_what_waited(self):
        example = self.copy_example("c")
        self.run_program("make", cwd=example)
        there = (example / "footfall.json").read_text()
        (example / "away.json").write_text(there.replace(f"localhost:{self.collector.port}", "localhost:1"))
        self.run_program("./tickets", "away.json", cwd=example, stdin="adult\n")
        self.assertEqual(self.collector.events(), [])

        self.run_program("./tickets", "footfall.json", cwd=example)
        names = self.names(self.collector.wait_for(8))
        self.assertEqual(names.count("Tickets Sold"), 1)
        self.assertEqual(names.count("Application Terminated"), 1)

    def test_example_works_without_a_configuration(self):
        example = self.copy_example("c")
        self.run_program("make", cwd=example)
        printed = self.run_program("./tickets", "missing.json", cwd=example, stdin="child 3\n")
        self.assertIn("3 child: 18.00", printed)
        self.assertRegex(printed, "tickets: no analytics: .*missing.json")

    def test_threads_descriptors_and_signals_are_as_documented(self):
        source = ROOT / "Tests" / "Hosts" / "footprint.c"
        self.run_program("sh", "-c", f"gcc -std=gnu11 {' '.join(STRICT)} -o footprint {source} {FLAGS}")
        configuration = self.copy_example("c") / "footfall.json"
        steps = {}
        for line in self.run_program("./footprint", configuration).splitlines():
            step, threads, _, signals, *descriptors = line.split("\t")
            steps[step] = (int(threads), len(descriptors))
            self.assertEqual(int(signals, 16) & 0x7FFFFFFF, 0, f"{step}: a signal below 32 is handled")
        self.assertEqual([steps[step][0] for step in ("start", "new")], [1, 2])
        self.assertLessEqual(steps["delivered"][0], 3)
        self.assertLessEqual(steps["delivered"][1] - steps["start"][1], 25)

    def test_do_not_track_leaves_no_thread_and_no_file(self):
        source = ROOT / "Tests" / "Hosts" / "footprint.c"
        self.run_program("sh", "-c", f"gcc -std=gnu11 {' '.join(STRICT)} -o footprint {source} {FLAGS}")
        configuration = self.copy_example("c") / "footfall.json"
        lines = self.run_program("./footprint", configuration, DO_NOT_TRACK="1").splitlines()
        self.assertEqual([line.split("\t")[1] for line in lines], ["1"] * 6)
        self.assertEqual(list(self.home.iterdir()), [])

    def test_program_of_the_page_delivers(self):
        (self.directory / "hello.c").write_text(self.collector.address_in(program_of_page("c.md", "c")))
        for compiler in ["gcc -std=c99", "gcc -std=c11", "clang -std=c99"]:
            self.run_program("sh", "-c", f"{compiler} {' '.join(STRICT)} -o hello hello.c {FLAGS}")
        self.run_program("./hello")
        start, event = self.collector.wait_for(2)
        self.assertEqual(start["event"], "session_start")
        self.assertEqual(event["event"], "Ticket Sold")
        self.assertEqual(event["properties"], {"kind": "adult", "seats": 2, "total": 59.9})


class CPlusPlusTests(HostTest):
    def test_example_finds_duplicates_and_delivers_what_it_found(self):
        example = self.copy_example("cpp")
        self.run_program("cmake", "-B", "build", "-DCMAKE_CXX_FLAGS=" + " ".join(STRICT), cwd=example)
        self.run_program("cmake", "--build", "build", cwd=example)
        data = self.directory / "data"
        data.mkdir()
        for name, content in [("a", "same"), ("b", "same"), ("c", "other"), ("d", "longer text")]:
            (data / name).write_text(content)
        printed = self.run_program("build/find-duplicates", "footfall.json", data, cwd=example)
        self.assertEqual(sorted(printed.split()), [str(data / "a"), str(data / "b")])

        self.run_program("build/find-duplicates", "footfall.json", "/home/jane/none", cwd=example, status=66)
        _, finished, failed = self.collector.wait_for(3)
        seconds = finished["properties"].pop("seconds")
        self.assertIsInstance(seconds, float)
        self.assertEqual(
            finished["properties"], {"directory": str(data), "files": 4, "duplicates": 1, "found": True}
        )
        self.assertEqual(failed["event"], "Search Failed")
        self.assertEqual(failed["properties"]["directory"], "~/none", "the plugin removed the user's name")

    def test_program_of_the_page_delivers(self):
        (self.directory / "hello.cpp").write_text(self.collector.address_in(program_of_page("cpp.md", "cpp")))
        self.run_program("sh", "-c", f"g++ -std=c++17 {' '.join(STRICT)} -o hello hello.cpp {FLAGS}")
        self.run_program("./hello")
        start, event = self.collector.wait_for(2)
        self.assertEqual(start["event"], "session_start")
        self.assertEqual(event["event"], "Ticket Sold")
        self.assertEqual(event["properties"], {"kind": "adult", "seats": 2, "total": 59.9})

    def test_header_compiles_without_a_warning(self):
        source = ROOT / "Tests" / "Hosts" / "client.cpp"
        for compiler in ["g++ -std=c++17", "g++ -std=c++20", "clang++ -std=c++17"]:
            with self.subTest(compiler):
                self.run_program("sh", "-c", f"{compiler} {' '.join(STRICT)} -fsyntax-only {source} $(pkg-config --cflags footfall)")

    def test_header_compiles_without_exceptions_and_type_information(self):
        program = "#include <footfall.hpp>\nint main() { return footfall::client().get(footfall::subject::counters).empty() ? 0 : 1; }\n"
        (self.directory / "plain.cpp").write_text(program)
        for compiler in ["g++ -std=c++17", "clang++ -std=c++17"]:
            with self.subTest(compiler):
                self.run_program("sh", "-c", f"{compiler} -fno-exceptions -fno-rtti {' '.join(STRICT)} -o plain plain.cpp {FLAGS}")
                self.assertEqual(self.run_program("./plain"), "")

    def test_client_keeps_what_its_header_promises(self):
        source = ROOT / "Tests" / "Hosts" / "client.cpp"
        self.run_program("sh", "-c", f"g++ -std=c++17 {' '.join(STRICT)} -pthread -o client {source} {FLAGS}")
        self.assertEqual(self.run_program("./client", self.directory / "state"), "")


if __name__ == "__main__":
    main()
