# SPDX-License-Identifier: MIT
# What a new user does, in a Debian with nothing else: install the command, configure it, record, look, deliver.
set -eux
cd /packages
apt-get update -qq
apt-get install -y -qq ./footfall_0.2.*.deb libmicrohttpd12 # for `footfall collect`

footfall collect --out /tmp/received.ndjson 2>/tmp/collector.log &
collector=$!
until grep listening /tmp/collector.log; do sleep 0.1; done
mkdir -p /etc/footfall
cat >/etc/footfall/default.json <<'JSON'
{
  "application": { "id": "com.example.Till", "version": "1.0" },
  "destinations": [{ "type": "segment", "writeKey": "WRITE_KEY", "endpoint": "http://localhost:8765/v1/b" }]
}
JSON
footfall track "Order Completed" total:=59.90 currency=EUR
footfall status
footfall flush
grep -q '"event":"Order Completed"' /tmp/received.ndjson
kill $collector

apt-get purge -y -qq footfall
[ ! -e /etc/footfall ]
# The store is the user's.
[ -e "$HOME/.local/state/footfall/default/store.db" ]
rm -r "$HOME/.local" /tmp/received.ndjson /tmp/collector.log
