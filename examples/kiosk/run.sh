#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A first run, a second one and one after an update of the kiosk, with what it
# sends; checked for what must be in it.
#
#     run.sh DIRECTORY-OF-THE-BUILT-PROGRAMS
set -euo pipefail

bin=$(cd "$1" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

run() { # NAME OPTIONS…; lines on stdin
    local name=$1
    shift
    echo "== $name"
    "$bin/kiosk" --state "$work/state" --idle 1 "$@" | tee "$work/out"
    sed -n 's/  session .*//p' "$work/out" >"$work/names"
}

expect() { # NAMES, one a line
    diff -u --label expected --label sent - "$work/names" || { echo "the kiosk sent something else" >&2; exit 1; }
}

run "first run: two visitors, one of whom walks away, and one who only passes by" <<'LINES'
touch
buy Ticket
leave
wait 0.2
touch
film
wait 1.5
over
wait 2.6
quit
LINES
expect <<'NAMES'
session_start
Application Installed
Application Opened
Film Shown
session_end
session_start
Home
Order Completed
session_end
session_start
Home
Film Chosen
session_end
Application Terminated
NAMES
visitors=$(sed -n 's/^Home .*by \([^ ]*\).*/\1/p' "$work/out" | sort -u | wc -l)
[ "$visitors" = 2 ] || { echo "two visitors have $visitors ids" >&2; exit 1; }
grep -q '^session_end .*"reason":"timeout"' "$work/out" || { echo "nobody timed out" >&2; exit 1; }

run "second run: it is put to sleep" --idle 60 <<'LINES'
sleep
wait 1.3
wake
quit
LINES
expect <<'NAMES'
session_start
Application Opened
Film Shown
Application Backgrounded
Application Opened
Application Foregrounded
Application Terminated
NAMES

run "after an update" --idle 60 --version 1.1.0 --build 110 <<'LINES'
quit
LINES
expect <<'NAMES'
Application Updated
Application Opened
Film Shown
Application Terminated
NAMES
grep -q '"previous_version":"1.0.0"' "$work/out" || { echo "the update does not say from where" >&2; exit 1; }
