#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Builds the plugin of the article "Writing a plugin" as a package of its own, and runs its tests.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
log=$(mktemp)
trap 'rm -f "$log"' EXIT

"${SWIFT:-swift}" test --package-path "$here" --scratch-path "$here/../../.build/example-plugin" >"$log" 2>&1 || {
    cat "$log"
    exit 1
}
# A run without tests passes too.
grep -q 'Test run with 2 tests' "$log" || { cat "$log"; echo "the plugin's two tests did not run" >&2; exit 1; }
echo "the plugin's package builds, and its 2 tests pass"
