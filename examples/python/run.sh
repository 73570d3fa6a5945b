#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Runs a script and a service with three forked workers, and checks what arrives at a collector on this machine.
#
#     run.sh DIRECTORY-OF-THE-BUILT-PROGRAMS
#
# FOOTFALL_LIBRARY is the C library; it is the one of `make library` unless it is set.
set -euo pipefail

bin=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
export FOOTFALL_LIBRARY="${FOOTFALL_LIBRARY:-$root/.build/library/libfootfall.so.0}"
[ -e "$FOOTFALL_LIBRARY" ] || { echo "$FOOTFALL_LIBRARY is not there; run make library" >&2; exit 1; }
export PYTHONPATH="$root/bindings/python/src"
work=$(mktemp -d)
service=
"$bin/footfall" collect --port 0 --out "$work/events.ndjson" --quiet 2>"$work/collector.log" &
collector=$!
trap 'kill "$collector" $service 2>/dev/null || true; rm -rf "$work"' EXIT

# The port that a program prints at the end of its first line.
port_in() {
    for _ in $(seq 200); do
        port=$(sed -n 's/^listening on.*[: ]\([0-9]*\)$/\1/p' "$1" | head -n 1)
        [ -z "$port" ] || { echo "$port"; return; }
        sleep 0.05
    done
    echo "nothing listens: $(cat "$1")" >&2
    exit 1
}

export HOME="$work" XDG_STATE_HOME="$work/state" XDG_CONFIG_HOME="$work/config"
collector_port=$(port_in "$work/collector.log")
for program in largest orders; do
    sed "s/:8765/:$collector_port/; s/org.example.Largest/org.example.$program/" "$here/footfall.json" >"$work/$program.json"
done

echo "== a script"
mkdir "$work/files"
head -c 1000 /dev/zero >"$work/files/one.bin"
head -c 10 /dev/zero >"$work/files/two.txt"
: >"$work/files/README"
python3 "$here/largest.py" --config "$work/largest.json" "$work/files" | sed "s|$work/||"

echo "== a service with three workers"
python3 "$here/orders.py" --config "$work/orders.json" --port 0 >"$work/service.log" &
service=$!
port=$(port_in "$work/service.log")
python3 - "$port" <<'PYTHON'
import sys
import urllib.request
from concurrent.futures import ThreadPoolExecutor


def order(number):
    body = f'{{"user": "u-{number}", "total": 59.90}}'.encode()
    return urllib.request.urlopen(f"http://127.0.0.1:{sys.argv[1]}/orders", body, timeout=30).read()


with ThreadPoolExecutor(6) as pool:
    assert set(pool.map(order, range(60))) == {b"thank you"}
PYTHON
kill "$service"
wait "$service"
service=
# The workers ended with events of their own; the next start delivers what is left.
python3 - "$work/orders.json" <<'PYTHON'
import sys

import footfall

with footfall.Analytics(sys.argv[1]) as analytics:
    report = analytics.flush(30)
    assert report.is_complete, report
PYTHON
python3 "$here/check.py" "$work/events.ndjson" 60
