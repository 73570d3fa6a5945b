#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Replays two weeks of departures from New York JFK through the command and through
# the library: first while no server is there, then with a collector on this machine.
#
#     run.sh DIRECTORY-OF-THE-BUILT-PROGRAMS
set -euo pipefail

bin=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
data=$here/jfk-departures.ndjson
work=$(mktemp -d)
collector=
trap '[ -z "$collector" ] || kill "$collector" 2>/dev/null || true; rm -rf "$work"' EXIT

number() { sed -n "s/.*\"$1\":\([0-9]*\).*/\1/p" "$2" | tail -n 1; }

start_collector() { # FILE FOR THE EVENTS; sets $collector and $port
    "$bin/footfall" collect --port "${port:-0}" --out "$1" --json --quiet >"$1.json" 2>"$1.log" &
    collector=$!
    for _ in $(seq 100); do
        port=$(sed -n 's/^listening on http:.*:\([0-9]*\)$/\1/p' "$1.log")
        [ -z "$port" ] || return 0
        sleep 0.05
    done
    cat "$1.log" >&2
    exit 1
}

stop_collector() {
    kill "$collector"
    wait "$collector" || true
    collector=
}

# Finds a free port. The collector is stopped at once, so that nothing listens on it.
start_collector "$work/none"
stop_collector

export FOOTFALL_ENDPOINT=http://127.0.0.1:$port/v1/b FOOTFALL_WRITE_KEY=AIRPORT FOOTFALL_STATE_DIR=$work/command
begin=$(date +%s.%N)

echo "== the command: replay while no server is there"
"$bin/footfall" send --replay --json "$data" | tee "$work/send.json"
"$bin/footfall" flush --timeout 1 --json >"$work/offline.json" && { echo "flush succeeded without a server" >&2; exit 1; }
queued=$(number queued "$work/offline.json")
echo "queued $queued"
[ "$queued" -ge 2000 ] || { echo "fewer than 2000 events are queued" >&2; exit 1; }

echo "== the command: the server is there"
start_collector "$work/command.ndjson"
"$bin/footfall" flush --timeout 60 --json | tee "$work/flush.json"
stop_collector
end=$(date +%s.%N)
"$bin/footfall" status

echo
echo "events read        $(number read "$work/send.json")"
echo "events stored      $(number stored "$work/send.json") (without the session markers)"
echo "events delivered   $(number delivered "$work/flush.json")"
echo "sessions           $(number sessions "$work/send.json")"
echo "batches            $(number requests "$work/command.ndjson.json")"
echo "bytes before gzip  $(number bytesInflated "$work/command.ndjson.json")"
echo "bytes after gzip   $(number bytesReceived "$work/command.ndjson.json")"
echo "seconds            $(awk "BEGIN { printf \"%.2f\", $end - $begin }")"
python3 "$here/check.py" "$data" "$work/command.ndjson" 40

echo
echo "== the library"
start_collector "$work/library.ndjson"
"$bin/airport-kiosk" "$data" "$work/library" "http://127.0.0.1:$port/v1/b"
stop_collector
python3 "$here/check.py" "$data" "$work/library.ndjson" 40
