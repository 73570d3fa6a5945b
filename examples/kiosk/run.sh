#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Runs the kiosk a first time, a second time and after an update, and checks the events
# that it sends each time. A kiosk that starts by itself has no session until a visitor touches it.
#
#     run.sh DIRECTORY-OF-THE-BUILT-PROGRAMS
set -euo pipefail

bin=$(cd "$1" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

run() { # TITLE OPTIONS…; the actions on stdin
    local name=$1
    shift
    echo "== $name"
    "$bin/kiosk" --state "$work/state" --idle 1 "$@" | tee "$work/out"
    sed -n 's/  session .*//p' "$work/out" >"$work/names"
}

expect() { # the names of the events on stdin, one per line
    diff -u --label expected --label sent - "$work/names" || { echo "the kiosk sent other events" >&2; exit 1; }
}

run "first run: one visitor leaves, one walks away during a film" <<'LINES'
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
Application Installed
Application Opened
Film Shown
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
[ "$visitors" = 2 ] || { echo "there are $visitors anonymousIds instead of 2" >&2; exit 1; }
grep -q '^session_end .*"reason":"timeout"' "$work/out" || { echo "no visit timed out" >&2; exit 1; }

run "second run: the kiosk sleeps and wakes" --idle 60 <<'LINES'
sleep
wait 1.3
wake
quit
LINES
expect <<'NAMES'
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
grep -q '"previous_version":"1.0.0"' "$work/out" || { echo "the update has no previous_version" >&2; exit 1; }
