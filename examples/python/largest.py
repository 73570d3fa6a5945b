# SPDX-License-Identifier: MIT
"""Prints the largest files below a directory.

    footfall collect &
    python3 largest.py --config footfall.json ~/Downloads

What it records has numbers and no file names, since those belong to the user.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from datetime import timedelta
from pathlib import Path

import footfall


def files_below(directory: Path) -> list[tuple[int, Path]]:
    found = []
    for place, _, names in os.walk(directory):
        for name in names:
            path = Path(place, name)
            try:
                found.append((path.lstat().st_size, path))
            except OSError:  # removed meanwhile
                continue
    return sorted(found, reverse=True)


def print_largest(directory: Path, count: int, analytics: footfall.Analytics) -> None:
    begin = time.monotonic()
    files = files_below(directory)
    for size, path in files[:count]:
        print(f"{size:14,}  {path}")
    analytics.track(
        "Directory Searched",
        {
            "files": len(files),
            "bytes": sum(size for size, _ in files),
            "suffixes": {path.suffix for _, path in files[:count] if path.suffix},
            "seconds": timedelta(seconds=time.monotonic() - begin),
        },
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--count", type=int, default=5)
    parser.add_argument("--config", type=Path, default=Path(__file__).with_name("footfall.json"))
    arguments = parser.parse_args()

    with footfall.Analytics(arguments.config) as analytics:
        if not arguments.directory.is_dir():
            analytics.track("Search Refused")
            print(f"largest: {arguments.directory}: there is no such directory", file=sys.stderr)
            return 1
        print_largest(arguments.directory, arguments.count, analytics)
        # A script that runs once an hour delivers before it ends. A program that runs all day need not.
        analytics.flush(timeout=5)
    return 0


if __name__ == "__main__":
    sys.exit(main())
