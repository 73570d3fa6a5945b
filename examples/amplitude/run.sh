#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Sends two weeks of departures, mapped on this device, and 100 events of Amplitude's
# own Python client to a collector on this machine.
#
#     run.sh DIRECTORY-OF-THE-BUILT-PROGRAMS
set -euo pipefail

bin=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
data=$here/../airport-kiosk/jfk-departures.ndjson
work=$(mktemp -d)
"$bin/footfall" collect --port 0 --out "$work/collected.ndjson" --quiet 2>"$work/log" &
collector=$!
trap 'kill "$collector" 2>/dev/null || true; rm -rf "$work"' EXIT
for _ in $(seq 100); do
    port=$(sed -n 's/^listening on http:.*:\([0-9]*\)$/\1/p' "$work/log")
    [ -z "$port" ] || break
    sleep 0.05
done

cat >"$work/footfall.json" <<JSON
{
  "destinations": [{ "type": "amplitude", "apiKey": "AIRPORT", "baseURL": "http://127.0.0.1:$port" }]
}
JSON
export FOOTFALL_CONFIG=$work/footfall.json FOOTFALL_STATE_DIR=$work/state

echo "== how one departure is mapped"
"$bin/footfall" track "Flight Departed" dest=MIA dep_delay:=2 --dry-run | "$bin/footfall" explain | sed -n '/Track Calls/,/resolved/p' | cut -c 1-160

echo "== two weeks of departures"
"$bin/footfall" send --replay "$data"
"$bin/footfall" flush --timeout 60
python3 "$here/check.py" "$data" "$work/collected.ndjson"

echo "== Amplitude's own Python client"
if python3 -m venv "$work/python" >/dev/null 2>&1 &&
    "$work/python/bin/pip" install -q amplitude-analytics >/dev/null 2>&1; then
    "$work/python/bin/python" "$here/client.py" "http://127.0.0.1:$port/2/httpapi"
    found=$(grep -c '"event_type": *"From Python"' "$work/collected.ndjson" || true)
    [ "$found" = 100 ] || { echo "$found of the 100 events arrived" >&2; exit 1; }
    echo "all 100 events of Amplitude's client arrived"
else
    echo "SKIPPED: amplitude-analytics cannot be installed here"
fi
