# SPDX-License-Identifier: MIT
# After remove and purge no file of the packages is left. Configurations go with the purge; stores are the users'.
set -eux
[ -L /etc/systemd/system/timers.target.wants/footfall-flush@default.timer ]
apt-get remove -y -qq footfall libfootfall-dev libfootfall0 python3-footfall
[ ! -e /usr/bin/footfall ]
[ -e /etc/footfall/default.json ]
# The others have nothing that a purge would find.
dpkg --purge footfall
[ -e "$HOME/.local/state/footfall/default/store.db" ]
find / -xdev \( -path /var/cache -o -path /var/log -o -path /var/lib/dpkg -o -path /var/lib/apt -o -path /tmp -o -path /run \
    -o -path /proc -o -path /root -o -path /packages \) -prune -o -print | sort >/packages/after
diff /packages/before /packages/after
if grep -rl footfall /var/lib/dpkg/status /var/lib/dpkg/info; then exit 1; fi
