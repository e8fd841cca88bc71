#!/bin/bash
# shellcheck disable=SC2016
# What goes wrong around an apply: two at once, refused settings, a held package lock, a broken installation, a dropped connection, a full disk, a power cut. Each time it is told, and the next run leads to a working server.
# long
. "$(dirname "$0")/lib.sh"
fresh_vps stack
set_up
ANSWERS=/root/answers/basic.toml
settled() { [ "$1" = 0 ] || [ "$1" = 3 ]; }   # 3: done as far as it can be
went_on() { local rc=0; mw apply --yes || rc=$?; settled "$rc"; }
works() { # NAME: nothing is left to do, and mail goes through both ways
  expect "$1: nothing is left to do" '^Nothing to do' mw apply --yes
  expect_not "$1: no unit has failed" 'failed' vps systemctl --failed --no-legend --plain
  new_subject
  check "$1: mail goes out" submit alice@example.lab alice@example.lab bob@remote.lab
  check "$1: and arrives" wait_for 40 judged
}
# Another size of messages: main.cf changes, and Postfix reads it anew.
wish_size() { in_vps 'sed -i "/^\[protection\]/,/^$/d" /root/answers/basic.toml; printf "\n[protection]\nmessage_size_mb = %s\n\n" "$0" >> /root/answers/basic.toml' "$1"; }
size() { vps postconf -h message_size_limit; }

said() { tr -s ' \n' ' ' < "$WORK/said"; }   # what apply said, unwrapped

part 'another scenario never meets this one'
refuse 'the lab is held' env -u LAB_HELD flock -n "/run/mailwizard-lab-$LAB_PFX.run" true
expect 'a command by hand is refused' 'runs in the lab' env -u LAB_HELD "$ROOT/scripts/lab" reset "$SUITE"

part 'two at once'
wish_size 61
# The first is held still once it has its entry in the history, and with it the lock.
check 'the first is at work' in_vps 'before=$(ls /var/lib/mailwizard/history); setsid mailwizard apply --answers /root/answers/basic.toml --yes > /root/first 2>&1 & p=$!; until [ "$before" != "$(ls /var/lib/mailwizard/history)" ]; do kill -0 $p || exit 1; sleep 0.01; done; kill -STOP $p; echo $p > /run/first'
holder=$(in_vps 'cat /run/first')
expect 'the second says who is at work' "Another run is at work: process $holder since 20" mw apply --yes
second() { mw apply --yes; [ $? = 4 ]; }
check 'and ends with 4' second
expect 'an undo too' "Another run is at work: process $holder" mw undo
expect 'answers are not taken meanwhile' "Another run is at work: process $holder" mw apply --answers "$ANSWERS" --yes
in_vps 'kill -CONT "$(cat /run/first)"'
check 'the first comes to its end' wait_for 60 in_vps 'grep -q "is set up" /root/first'
expect 'with what it was asked for' '^61000000$' size
works 'after two at once'

part 'a daemon that does not take up its new settings'
# Postfix's checker does not look who holds a port; its master process does.
in_vps 'nohup perl -MIO::Socket::INET -e "\$s = IO::Socket::INET->new(LocalPort => 2525, Listen => 5) or die; sleep 900" > /dev/null 2>&1 & echo $! > /run/holder'
wait_for 5 in_vps 'ss -ltn | grep -q ":2525 "'
in_vps 'mkdir -p /etc/mailwizard/local && printf "2525 inet n - y - - smtpd\n" > /etc/mailwizard/local/master.cf'
mw apply --yes > "$WORK/said" 2>&1 < /dev/null; rc=$?
check 'it ends with 1' test "$rc" = 1
expect "the daemon's own words are shown" 'Address already in use' said
expect 'and what was done about it' '(1 file is as it was|[0-9]+ files are as they were) before, and .*postfix.* runs with them again' said
new_subject
check 'the server runs on: mail goes out' submit alice@example.lab alice@example.lab bob@remote.lab
check 'and arrives' wait_for 40 judged
in_vps 'rm /etc/mailwizard/local/master.cf; kill "$(cat /run/holder)"'
check 'without the mistake it goes on' went_on
works 'after the refusal'

part 'settings that the checker refuses'
in_vps 'printf "message_size_limt = 5\n" > /etc/mailwizard/local/main.cf'
wish_size 62
mw apply --answers "$ANSWERS" --yes > "$WORK/said" 2>&1 < /dev/null
expect 'no daemon has read them' 'No daemon has read the new settings' said
expect 'the checker is quoted' 'unused parameter: message_size_limt' said
expect 'the old settings are there' '^61000000$' size
in_vps 'rm /etc/mailwizard/local/main.cf'
check 'without the mistake it goes on' went_on
expect 'and takes them' '^62000000$' size
works 'after the checker'

part 'the package lock is held'
check 'a package is missing' in_vps 'DEBIAN_FRONTEND=noninteractive apt-get purge -qq -y fail2ban'
hold_packages() {
  in_vps 'nohup perl -e "use Fcntl; \$0 = q(other-manager); open F, q(+>>), q(/var/lib/dpkg/lock-frontend) or die; my \$lock = pack(q(s s x4 q q i x4), F_WRLCK, 0, 0, 0, 0); fcntl(F, F_SETLK, \$lock) or die qq(\$!); sleep 15" >/dev/null 2>&1 &'
  sleep 0.5
}
hold_packages
mw apply --yes > "$WORK/said" 2>&1 < /dev/null; rc=$?
expect 'it says who holds the lock' 'held by process [0-9]+' said
check 'it waits, and then installs' settled "$rc"
works 'after the lock'

part 'an installation that another program has in hand'
check 'a package is unpacked and not configured' in_vps 'DEBIAN_FRONTEND=noninteractive apt-get purge -qq -y fail2ban && cd /tmp && apt-get download -qq fail2ban && dpkg --unpack fail2ban_*.deb && dpkg --audit | grep -q fail2ban'
hold_packages
mw apply --yes > "$WORK/said" 2>&1 < /dev/null; rc=$?
expect 'it says who holds the lock' 'held by process [0-9]+' said
check 'it waits, and then finishes it' settled "$rc"
works 'after the other program'

part 'an installation that was cut short'
check 'a package is unpacked and not configured' in_vps 'DEBIAN_FRONTEND=noninteractive apt-get purge -qq -y fail2ban && cd /tmp && apt-get download -qq fail2ban && dpkg --unpack fail2ban_*.deb && dpkg --audit | grep -q fail2ban'
check 'apply finishes it' went_on
expect_not 'nothing is half-configured' '.' vps dpkg --audit
works 'after the repair'
check 'a package is missing' in_vps 'DEBIAN_FRONTEND=noninteractive apt-get purge -qq -y fail2ban'
in_vps 'mailwizard apply --yes > /root/first 2>&1 & for _ in $(seq 2000); do pkill -KILL -x dpkg && pkill -KILL -x apt-get && break; sleep 0.01; done; wait' > "$WORK/out" 2>&1
expect 'apt was killed while it installed' 'FAIL' vps cat /root/first
check 'the next apply goes on' went_on
works 'after apt was killed'

part 'the SSH connection is dropped'
in_vps 'systemctl start ssh; mkdir -p -m 700 /root/.ssh; ssh-keygen -q -t ed25519 -N "" -f /root/.ssh/id; cat /root/.ssh/id.pub >> /root/.ssh/authorized_keys'
check 'a package is missing' in_vps 'DEBIAN_FRONTEND=noninteractive apt-get purge -qq -y fail2ban'
check 'it goes while apply is at work' in_vps '
  setsid ssh -tt -i /root/.ssh/id -o StrictHostKeyChecking=no -o LogLevel=ERROR root@127.0.0.1 mailwizard apply --yes > /root/first 2>&1 < /dev/null &
  for _ in $(seq 2000); do pgrep -x dpkg > /dev/null && break; sleep 0.01; done
  pkill -KILL -x ssh && sleep 0.5 && pgrep -x mailwizard'
check 'apply goes on without it' wait_for 180 in_vps '! pgrep -x mailwizard'
expect 'to its end' '^[0-9TZ-]+ +done' in_vps 'mailwizard history | head -n 1'
works 'after the connection'

part 'the disk is full'
full() { # FOLDER: on a small file system of its own, with its content, and then full to the last byte
  in_vps 'set -e; mkdir -p /run/full; mount -t tmpfs -o size=32m,mode=$(stat -c %a "$0") tmpfs /run/full; chown --reference="$0" /run/full; cp -a "$0/." /run/full/; mount --move /run/full "$0" 2>/dev/null || { mount --bind /run/full "$0"; umount /run/full; }
    dd if=/dev/zero of="$0/.ballast" bs=4k 2>/dev/null || true; df -k --output=avail "$0" | tail -n 1 | grep -qw 0' "$1"
}
room() { in_vps 'rm -f "$0/.ballast"' "$1"; }
unfull() { in_vps 'set -e; mkdir -p /run/kept; cp -a "$0/." /run/kept/; umount "$0"; find "$0" -mindepth 1 -delete; cp -a /run/kept/. "$0/"; rm -rf /run/kept' "$1"; }
mb=63
for folder in /var/lib/mailwizard /etc/postfix /etc/rspamd/local.d; do
  case $folder in */local.d) in_vps 'sed -i "/^message_size_mb/a junk_score_tenths = 65" /root/answers/basic.toml';; *) wish_size $mb;; esac
  before=$(size)
  check "$folder is full" full $folder
  mw apply --answers "$ANSWERS" --yes > "$WORK/said" 2>&1 < /dev/null; rc=$?
  check "$folder: it fails" test "$rc" = 1
  expect "$folder: what could not be written is named" "could not be (written|made).*No space left on device" said
  check "$folder: the settings are the old ones" test "$before" = "$(size)"
  new_subject
  check "$folder: the server runs on" submit alice@example.lab alice@example.lab bob@remote.lab
  room $folder
  check "$folder: with room again it goes on" mw apply --answers "$ANSWERS" --yes
  works "$folder"
  unfull $folder
  mb=$((mb + 1))
done

part 'the power is cut'
check 'the power is cut while apply is at work' in_vps 'apt-get purge -qq -y fail2ban >/dev/null 2>&1; systemd-run -q --unit mailwizard-apply mailwizard apply --yes; for _ in $(seq 500); do pgrep -x dpkg >/dev/null && break; sleep 0.01; done'
check 'and it boots again' lab power-cut vps
expect 'the history says that it stopped' '^[0-9TZ-]+ +stopped' mw history
expect 'the next start says where it stands' 'The last run was stopped at [0-9]+ of [0-9]+' mw plan
check 'it goes on' went_on
expect 'no policy keeps daemons from starting' 'No such file' vps ls /var/lib/mailwizard/policy-rc.d.before
works 'after the power cut'
finish
