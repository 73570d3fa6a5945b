# SPDX-License-Identifier: MIT
# An upgrade with events in the queue, then programs in C and Python with the library.
set -eux
apt-get install -y -qq --no-install-recommends ca-certificates cmake gcc g++ libc6-dev libcurl4 libmicrohttpd12 \
    libpam-systemd libsqlite3-0 make pkg-config python3 systemd systemd-sysv
# purge.sh compares with this. Directories of caches and of dpkg itself differ in any case.
find / -xdev \( -path /var/cache -o -path /var/log -o -path /var/lib/dpkg -o -path /var/lib/apt -o -path /tmp -o -path /run \
    -o -path /proc -o -path /root -o -path /packages \) -prune -o -print | sort >/packages/before

apt-get install -y -qq /packages/footfall_0.1.0_*.deb
[ "$(footfall --version)" = 0.1.0 ]
mkdir -p /etc/footfall
cat >/etc/footfall/default.json <<'JSON'
{ "destinations": [{ "type": "segment", "writeKey": "WRITE_KEY", "endpoint": "http://localhost:8765/v1/b" }] }
JSON
footfall identify visitor-42 plan=guest
for number in 1 2 3; do footfall track "Before the Upgrade" number:=$number; done
footfall flush --timeout 2 && exit 1 # no server is there

apt-get install -y -qq /packages/*_0.2.*.deb
[ "$(footfall --version)" = 0.2.0 ]
footfall collect --out /tmp/received.ndjson 2>/tmp/collector.log &
collector=$!
until grep listening /tmp/collector.log; do sleep 0.1; done
footfall track "After the Upgrade"
footfall flush
grep -c '"event":"Before the Upgrade"' /tmp/received.ndjson | grep -qx 3
grep -c '"event":"After the Upgrade"' /tmp/received.ndjson | grep -qx 1
# One user and one session, over the upgrade.
[ "$(grep -o '"anonymousId":"[^"]*"' /tmp/received.ndjson | sort -u | wc -l)" = 1 ]
[ "$(grep -c '"event":"session_start"' /tmp/received.ndjson)" = 1 ]

mkdir /tmp/c
cd /tmp/c
cat >hello.c <<'C'
#include <footfall.h>
#include <stdio.h>

int main(int count, char **words) {
    footfall_client *analytics = footfall_new_from_file("/etc/footfall/default.json", &(footfall_host){
        .size = sizeof(footfall_host), .application_id = "com.example.Hello", .application_version = "1.0"});
    if (analytics == NULL) fprintf(stderr, "%s\n", footfall_last_error());
    footfall_track(analytics, words[count - 1], FOOTFALL_PROPERTIES(footfall_integer("seats", 2)), NULL);
    footfall_status status = footfall_flush_wait(analytics, 10000, NULL);
    footfall_close(analytics, 2000);
    footfall_free(analytics);
    return status;
}
C
# shellcheck disable=SC2046 # a list of flags
cc -Wall -Wextra -Werror -o hello hello.c $(pkg-config --cflags --libs footfall)
./hello "From pkg-config"
cat >CMakeLists.txt <<'CMAKE'
cmake_minimum_required(VERSION 3.18)
project(hello C)
find_package(footfall 0.2 REQUIRED)
add_executable(hello-cmake hello.c)
target_link_libraries(hello-cmake footfall::footfall)
CMAKE
cmake -B build >/dev/null
cmake --build build >/dev/null
build/hello-cmake "From CMake"
python3 - <<'PYTHON'
import importlib.metadata
import footfall

assert footfall.__version__ == footfall.library_version() == importlib.metadata.version("footfall") == "0.2.0"
with footfall.Analytics("/etc/footfall/default.json", application_id="com.example.Hello") as analytics:
    analytics.track("From Python", {"seats": 2})
    analytics.flush(10)
PYTHON
for name in pkg-config CMake Python; do grep -q "\"event\":\"From $name\"" /tmp/received.ndjson; done
kill $collector
systemctl enable footfall-flush@default.timer
