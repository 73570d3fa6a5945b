# SPDX-License-Identifier: MIT
"""Runs two copies of the library on one store: copies.py PROGRAM LIBRARY DIRECTORY."""
import collections
import ctypes
import ctypes.util
import glob
import json
import os
import shutil
import subprocess
import sys

program, library, directory = sys.argv[1:]
failed = 0


def run(store, second, events, environment=None):
    os.makedirs(store, mode=0o700)
    result = subprocess.run(
        [program, store, str(events), library, second], capture_output=True, text=True, timeout=90, check=False,
        env=environment)
    if result.returncode != 0:
        print(f"copies: status {result.returncode} {result.stdout} {result.stderr}", file=sys.stderr)
    counts = collections.Counter()
    for path in glob.glob(store + "/events.ndjson*"):
        with open(path, encoding="utf-8") as file:
            for line in file:
                properties = json.loads(line).get("properties", {})
                if "copy" in properties:
                    counts[properties["copy"], properties["n"]] += 1
    return result, counts


second = directory + "/copy/libfootfall.so.0"
os.makedirs(directory + "/copy")
shutil.copy(library, second)
once = twice = 0
for number in range(12):
    result, counts = run(f"{directory}/one-sqlite-{number}", second, 100)
    failed += result.returncode != 0
    once += sum(1 for count in counts.values() if count == 1)
    twice += sum(1 for count in counts.values() if count > 1)
print(f"copies: with one libsqlite3: {once} of 2400 events once, {twice} twice")
failed += once != 2400 or twice != 0

# The second copy gets a libsqlite3 of its own: another name in NEEDED, and another file.
sqlite = next(line.split()[-1] for line in open("/proc/self/maps", encoding="utf-8") if "libsqlite3" in line) \
    if ctypes.CDLL("libsqlite3.so.0") else ""
os.makedirs(directory + "/other")
for source, target in [(library, "libfootfall.so.0"), (sqlite, "libsqlit33.so.0")]:
    with open(source, "rb") as file:
        data = file.read().replace(b"libsqlite3.so.0", b"libsqlit33.so.0")
    with open(f"{directory}/other/{target}", "wb") as file:
        file.write(data)
environment = dict(os.environ, LD_LIBRARY_PATH=f"{os.environ['LD_LIBRARY_PATH']}:{directory}/other")
first = lost = twice = said = 0
for number in range(4):
    result, counts = run(f"{directory}/two-sqlites-{number}", f"{directory}/other/libfootfall.so.0", 100, environment)
    failed += result.returncode != 0
    first += sum(1 for (copy, _), count in counts.items() if copy == 0 and count == 1)
    twice += sum(1 for count in counts.values() if count > 1)
    said += any(line.startswith("error 1 ") and "SQLite" in line for line in result.stdout.splitlines())
print(f"copies: with two SQLites: the first has {first} of 400 events, {twice} twice; the second said so in {said} of 4 runs")
failed += first != 400 or twice != 0 or said != 4
sys.exit(failed != 0)
