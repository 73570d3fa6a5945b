# SPDX-License-Identifier: MIT
# Runs under systemd, after the start: both timers deliver, without a problem in the journal.
exec >"$HOME/timers.log" 2>&1
set -eux

arrives() { # EVENT
    seconds=0
    until grep -q "\"event\":\"$1\"" "$HOME/timers.ndjson"; do
        [ $seconds -lt 120 ]
        sleep 1
        seconds=$((seconds + 1))
    done
    echo "$1 arrived after $seconds s"
}

apt-get install -y -qq /packages/footfall_0.2.*.deb
mkdir -p /etc/footfall
echo '{ "destinations": [{ "type": "segment", "writeKey": "WRITE_KEY", "endpoint": "http://localhost:8765/v1/b" }] }' \
    >/etc/footfall/default.json
systemctl enable --now footfall-flush@default.timer
footfall collect --out "$HOME/timers.ndjson" 2>/tmp/collector.log &
collector=$!
until grep listening /tmp/collector.log; do sleep 0.1; done
footfall track "By the Timer"
arrives "By the Timer"
[ "$(systemctl show -P Result footfall-flush@default.service)" = success ]

# An app's store, of a user who is not logged in.
useradd -m kiosk
loginctl enable-linger kiosk
cat >/etc/footfall/com.example.Kiosk.json <<'JSON'
{
  "application": { "id": "com.example.Kiosk" },
  "destinations": [{ "type": "segment", "writeKey": "WRITE_KEY", "endpoint": "http://localhost:8765/v1/b" }]
}
JSON
as_kiosk="runuser -u kiosk -- env HOME=/home/kiosk XDG_RUNTIME_DIR=/run/user/$(id -u kiosk)"
until [ -S "/run/user/$(id -u kiosk)/systemd/private" ]; do sleep 0.2; done
$as_kiosk footfall track "Of an App" --profile com.example.Kiosk
$as_kiosk systemctl --user enable --now footfall-flush@com.example.Kiosk.timer
arrives "Of an App"

# Without a server the run leaves events, and is no failed unit.
kill $collector
footfall track "Offline"
systemctl start footfall-flush@default.service
[ "$(systemctl show -P ExecMainStatus footfall-flush@default.service)" = 75 ]
[ "$(systemctl show -P Result footfall-flush@default.service)" = success ]
systemctl list-timers --no-pager 'footfall*'
echo "the timers deliver"
