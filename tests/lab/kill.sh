#!/bin/bash
# shellcheck disable=SC2016
# long
# kill -9 after journal entries of a real apply, and between a file's temporary and its rename: the next start says where it stands, and goes on or undoes.
# Ten entries and four files here; with LONG=1 (scripts/test --all) every entry and every file.
. "$(dirname "$0")/lib.sh"
fresh_vps stack
set_up
# strace(1) delivers the signal when the program enters the n-th call: a line of the journal has just been written and is
# about to be synced (every line is one fdatasync), or a temporary file is whole and about to be renamed. Only the program's
# own process is counted, not what it starts.
must 'strace is there' in_vps 'command -v strace >/dev/null || { apt-get update -qq; DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends strace; }'
ANSWERS=/root/answers/basic.toml
apply_killed() { # SYSCALLS N
  mw_under -e "trace=$1" -e "inject=$1:signal=SIGKILL:when=$2" -o /dev/null
}
mw_under() { vps strace -qq "$@" mailwizard apply --answers "$ANSWERS" --yes; }
RENAMES='?rename,?renameat,?renameat2'
# Everything in /etc but certificates, which undo leaves: path, mode, owner, target or content.
settings() {
  in_vps 'cd /etc && find . \( -path ./ssl/mailwizard -o -path ./mailwizard \) -prune -o \( -type f -o -type l \) -printf "%p %m %u %g %l\n" | sort; find . \( -path ./ssl/mailwizard -o -path ./mailwizard \) -prune -o -type f -print0 | sort -z | xargs -0 sha256sum'
}
ports() { in_vps 'ss -Hltn | sed "s/.*:\([0-9]*\) .*/\1/" | sort -un | tr "\n" " "'; }
same_ports() { [ "$(ports)" = "$PORTS" ]; }
undone() { # NAME
  if [ -n "$BEGUN" ]; then check "$1: mailwizard undo" mw undo; fi
  settings > "$WORK/settings" 2>&1
  diff "$WORK/fresh" "$WORK/settings" > "$WORK/out" 2>&1
  if [ -s "$WORK/out" ]; then bad "$1: every file is as it was before" 'they differ'; else ok "$1: every file is as it was before"; fi
  check "$1: the daemons of before listen, and no others" wait_for 90 same_ports
}
works() { # NAME: nothing is left to do, and mail goes through
  expect "$1: nothing is left to do" '^Nothing to do' mw apply --answers "$ANSWERS" --yes
  expect_not "$1: no unit has failed" 'failed' vps systemctl --failed --no-legend --plain
  refuse "$1: nothing half-written is left" in_vps 'find /etc /var/lib/rspamd /var/lib/dovecot -name ".*.mailwizard-new" | grep .'
  new_subject
  check "$1: mail is taken" submit alice@example.lab alice@example.lab bob@remote.lab
  check "$1: and arrives" wait_for 40 judged
}
killed() { # NAME SYSCALLS N
  apply_killed "$2" "$3" > "$WORK/out" 2>&1
  local rc=$?
  if [ "$rc" = 137 ]; then ok "$1: killed"; else bad "$1: killed" "it ended with $rc"; fi
  # The first few writes are the wish itself: nothing of the system was touched then, and there is nothing to undo.
  BEGUN=$(mw history | sed -n '1s/^[0-9TZ-]* *stopped .*/yes/p')
  if [ -n "$BEGUN" ]; then expect "$1: the next start says where it stands" 'The last run was stopped at [0-9]+ of [0-9]+' mw plan
  else expect "$1: nothing was begun" '^[0-9TZ-]+ +undone' mw history; fi
}
went_on() { # in the same entry of the history
  local rc=0
  if [ -n "$BEGUN" ]; then mw apply --yes; else mw apply --answers "$ANSWERS" --yes; fi || rc=$?
  BEGUN=yes
  [ "$rc" = 0 ] || [ "$rc" = 3 ]
}
both_ways() { # NAME SYSCALLS N
  killed "$1" "$2" "$3"; check "$1: it goes on" went_on; works "$1"; undone "$1, continued and undone"
  killed "$1 again" "$2" "$3"; undone "$1, undone at once"
}
one_way() { # NAME SYSCALLS N
  killed "$1" "$2" "$3"
  if [ $(($3 % 2)) = 0 ]; then check "$1: it goes on" went_on; works "$1"; fi
  undone "$1"
}

part 'the state to go back to, and how many entries there are'
check 'undone' mw undo
settings > "$WORK/fresh"
until PORTS=$(ports); sleep 12; same_ports; do :; done   # the daemons of the packages have started
# Twice: the first one finds the packages' own state, which no undo brings back.
BEGUN=yes
mw_under -e trace=fdatasync -o /dev/null > "$WORK/out" 2>&1
undone 'an apply that finds the packages as they came'
mw_under -e "trace=fdatasync,$RENAMES" -o /root/trace > "$WORK/out" 2>&1
entries=$(in_vps 'grep -c "^fdatasync(" /root/trace') files=$(in_vps 'grep -cE "^rename(at2?)?\(" /root/trace')
must "a whole apply has $entries entries and $files files" test "$entries" -ge 30 -a "$files" -ge 20
undone 'a whole apply'

matrix() { # KIND SYSCALLS TOTAL HOW-MANY
  local n step=1 way=one_way
  if [ "${LONG:-0}" != 1 ]; then step=$((($3 + $4 - 1) / $4)) way=both_ways; fi
  for ((n = 1; n <= $3; n += step)); do $way "$1 $n of $3" "$2" "$n"; done
}
part 'after an entry of the journal'
matrix entry fdatasync $((entries - 1)) 10   # after the last one it is done
part 'between the temporary and its rename'
matrix file "$RENAMES" "$files" 4
finish
