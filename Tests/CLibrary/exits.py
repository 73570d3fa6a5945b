# SPDX-License-Identifier: MIT
"""Starts a program that ends amid a delivery, in six ways: exits.py PROGRAM DIRECTORY ADDRESS TIMES."""
import os
import statistics
import subprocess
import sys
import time

program, directory, address, times = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
bad = 0
durations = {}
for way in ["none", "return", "exit", "thread", "close", "abandoned", "blocked"]:
    durations[way] = []
    for number in range(times):
        store = f"{directory}/{way}-{number % 4}"
        os.makedirs(store, mode=0o700, exist_ok=True)
        process = subprocess.run(
            [program, way, store, address, "print"], capture_output=True, text=True, timeout=20, check=False)
        end = time.monotonic() * 1000
        if process.returncode != 0 or process.stderr:
            bad += 1
            print(f"exits: {way}: status {process.returncode} {process.stderr}", file=sys.stderr)
        elif way != "none":
            # From the moment of the end in the program until it is gone.
            durations[way].append(end - float(process.stdout))
everything = sorted(value for values in durations.values() for value in values)
if not everything:
    sys.exit("exits: no process ended well")
print(f"exits: {len(everything)} ended well, {bad} badly; after the end of the program: "
      f"median {statistics.median(everything):.1f} ms, p99 {everything[int(len(everything) * 0.99)]:.1f}, "
      f"longest {everything[-1]:.1f}")
sys.exit(bad != 0)
