#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A script records with the command, then an app runs that reads the same file, and both are delivered.
#
#     run.sh DIRECTORY-OF-THE-BUILT-PROGRAMS
set -euo pipefail

bin=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export HOME="$work" XDG_CONFIG_HOME="$work/config" XDG_STATE_HOME="$work/state"
install -D -m 644 "$here/kiosk.json" "$work/config/footfall/kiosk.json"
cd "$work"

fail() {
    echo "$1" >&2
    exit 1
}

echo "== the script"
"$bin/footfall" --profile kiosk track "Drawer Opened" 2>&1 | tee script.out
grep -q 'stock is not known' script.out || fail "the command does not name the type that it does not know"
"$bin/footfall" --quiet --profile kiosk status

echo "== the app"
"$bin/one-file" | tee app.out
for name in "Drawer Opened" "Application Opened" "Order Completed"; do
    grep -qx "stock: $name" app.out || fail "$name did not arrive at the stock"
    grep -q "\"event\":\"$name\"" events.ndjson || fail "$name is not in the file"
done
grep '"event":"Order Completed"' events.ndjson | grep -q '"store":"Brixton"' || fail "the store's name is missing"
[ "$(grep -c '"type":"kiosk"' events.ndjson)" = "$(wc -l <events.ndjson)" ] || fail "an event has no device"
