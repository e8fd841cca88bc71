#!/bin/bash
# shellcheck disable=SC2016,SC1090,SC2154,SC2034
# long
# Troubleshooting proved by injury: each fault of faults/ is injected, real traffic fails, the cause must be named from the
# operator's words alone, and what can be mended must be mended. On healthy servers nothing may be accused.
#
# A fault is a file:
#   words='…'          what the operator says
#   cause=ID           what must be the first cause; ID|ID where either is right
#   also='ID …'        causes that may be named beside it
#   server=opendkim    the server that it happens on, where it is not the usual one (OpenDKIM signs instead of Rspamd)
#   log=NAME bounce=NAME   a file of faults/given: the log of a stack that is not there yet, or a bounce
#   fix=automatic      the program mends it (--fix) and proves it; or: instructions
#   inject() traffic() prove() mend()   traffic, prove and mend only where needed; mend: what lies outside the VPS
#
# FAULTS='a b' runs only these. READY=1: the lab is up, and the server in it is set up (KEEP=1 leaves it so: a run goes on where one broke off).
# FAULTS_DIR: other faults than those beside this file. FAULT_LIST=quick runs those with a line '# quick'. SAVE_LOGS=FOLDER keeps the log of each.
. "$(dirname "$0")/lib.sh"
FAULTS_DIR=${FAULTS_DIR:-$ROOT/tests/lab/faults}
NAMED=0 ALL=0 PROVED=0 AUTOMATIC=0 ACCUSED=0 HEALTHY=0
SLOWEST=0

imap_login() { client curl -sS --max-time 6 --cacert "$TRUST" -u "$1:${2:-$(password "${1%%@*}")}" imaps://mail.example.lab/; }
# mail to us and from us, without waiting for its end
send_in() { new_subject; foreign bob@remote.lab "${1:-alice@example.lab}" > /dev/null 2>&1 || :; }
send_out() { new_subject; submit alice@example.lab alice@example.lab bob@remote.lab > /dev/null 2>&1 || :; }
arrives() { new_subject; foreign bob@remote.lab alice@example.lab > /dev/null && wait_for 40 read_mail alice@example.lab INBOX > /dev/null; }
leaves() { new_subject; submit alice@example.lab alice@example.lab bob@remote.lab > /dev/null && wait_for 40 judged > /dev/null; }
edit() { in_vps "sed -i '$1' $2"; }
# the registry of the domain (its parent zone), and the router between the VPS and the world
registry() { { echo 'server 198.18.53.11'; echo 'zone lab.'; printf 'update %s\n' "$@"; echo send; } | client nsupdate -t 3 -y hmac-sha256:lab:bGFiLW9ubHktbm90LWEtc2VjcmV0LWxhYi1vbmx5ISE=; }
router() { ip netns exec "$LAB_PFX-router" "$@"; }
set_main() { vps postconf -e "$1"; vps postfix reload > /dev/null 2>&1 || :; }

snapshot() {
  in_vps 'cd / && find etc -xdev | sort > /root/ready.list &&
    tar --xattrs -cpf /root/ready.tar etc var/lib/mailwizard var/lib/rspamd/dkim var/vmail var/lib/dovecot/mailwizard 2>/dev/null; test -s /root/ready.tar'
}
restore() {
  in_vps '
    cd /; nft list tables | grep -v f2b | while read -r _ family name; do nft delete table "$family" "$name" 2>/dev/null; done
    find etc -xdev | sort | comm -13 /root/ready.list - | while read -r f; do rm -rf "/$f"; done
    changed=$(tar --compare -f /root/ready.tar 2>&1)
    chattr -i -R /etc/postfix 2>/dev/null
    find /var/vmail -mindepth 1 -delete
    tar --xattrs -xpf /root/ready.tar
    postsuper -d ALL >/dev/null 2>&1
    hostname "$(cat /etc/hostname)"
    systemctl unmask postfix dovecot rspamd unbound >/dev/null
    systemctl daemon-reload; systemctl reset-failed
    case $changed in *rspamd*) systemctl restart rspamd;; esac
    case $changed in *unbound*) systemctl restart unbound;; esac
    systemctl start unbound redis-server rspamd fail2ban mailwizard-renew.timer
    case $changed in *opendkim*) systemctl restart opendkim;; esac
    ! test -e /etc/opendkim.conf || systemctl start opendkim
    systemctl restart postfix dovecot
    fail2ban-client unban --all >/dev/null
    journalctl -q --rotate; journalctl -q --vacuum-time=1s
    truncate -s 0 /var/log/rspamd/rspamd.log /var/log/fail2ban.log
    for _ in $(seq 150); do ss -ltn | grep -q ":11332 " && ss -ltn | grep -q ":993 " && ss -ltn | grep -q ":25 " && break; sleep 0.2; done' > /dev/null 2>&1
}
diagnose() { # [ARGUMENT…]: its JSON in $WORK/found
  local t0; t0=$(date +%s%N)
  mw troubleshoot --json "$@" > "$WORK/found" 2> "$WORK/err" < /dev/null || :
  MS=$(( ($(date +%s%N) - t0) / 1000000 ))
  [ "${1:-}" = --fix ] || [ "$MS" -le "$SLOWEST" ] || SLOWEST=$MS
}
field() { python3 -c 'import json,sys; d=json.load(open(sys.argv[1])); print(eval(sys.argv[2]))' "$WORK/found" "$1" 2>/dev/null; }

one_fault() { # FILE
  local file=$1 name first others id
  name=$(basename "$file" .sh)
  words='' cause='' also='' fix=instructions server='' log='' bounce=''
  inject() { :; }; traffic() { :; }; mend() { :; }; prove() { :; }
  . "$file"
  inject > "$WORK/inject" 2>&1
  settle
  traffic > "$WORK/traffic" 2>&1
  ALL=$((ALL + 1))
  [ -z "${SAVE_LOGS:-}" ] || in_vps 'journalctl -q --no-pager -o short-iso-precise; cat /var/log/rspamd/rspamd.log /var/log/fail2ban.log' > "$SAVE_LOGS/$SUITE-$name.log" 2>/dev/null
  given
  # The first verdict, and where the program can mend it, the fix and its proof at once.
  [ "$fix" != automatic ] || GIVEN=(--fix "${GIVEN[@]}")
  # shellcheck disable=SC2086
  diagnose "${GIVEN[@]}" $words
  first=$(field 'd["causes"][0]["id"] if d["causes"] else "nothing"')
  others=$(field '" ".join(c["id"] for c in d["causes"][1:])')
  cat "$WORK/found" "$WORK/err" "$WORK/inject" > "$WORK/out" 2>/dev/null
  if [[ "|$cause|" = *"|$first|"* ]]; then NAMED=$((NAMED + 1)); ok "$name: $first ($MS ms)"
  else bad "$name" "named '$first $others', wanted '$cause' ($MS ms)"; fi
  for id in $others; do
    case " ${also} ${cause//|/ } " in *" $id "*) ;; *) ACCUSED=$((ACCUSED + 1)); bad "$name accuses nobody else" "it accuses '$id' too";; esac
  done
  if [ "$fix" = automatic ]; then
    AUTOMATIC=$((AUTOMATIC + 1))
    if [ "$(field 'd["causes"][0]["fix"]["proved"]')" = True ] && prove > "$WORK/prove" 2>&1; then PROVED=$((PROVED + 1)); ok "$name: mended"
    else cat "$WORK/prove" >> "$WORK/out" 2>/dev/null; bad "$name is mended" "proved: $(field 'd["causes"][0]["fix"]')"; fi
  fi
  mend > "$WORK/mend" 2>&1
  [ -n "$log" ] || restore
}
# The files that the operator gives, as arguments.
given() {
  GIVEN=()
  [ -z "$log" ] || { lab put vps "$FAULTS_DIR/given/$log" "/root/$log"; GIVEN+=("--log=/root/$log"); }
  [ -z "$bounce" ] || { lab put vps "$FAULTS_DIR/given/$bounce" "/root/$bounce"; GIVEN+=("--bounce=/root/$bounce"); }
}
one_healthy() { # FILE
  local name; name="healthy: $(basename "$1" .sh)"
  words='' log='' bounce=''; inject() { :; }; mend() { :; }
  . "$1"
  inject > "$WORK/inject" 2>&1
  settle
  HEALTHY=$((HEALTHY + 1))
  given
  # shellcheck disable=SC2086
  diagnose $words "${GIVEN[@]}"
  cp "$WORK/found" "$WORK/out"
  if [ "$(field 'len(d["causes"])')" = 0 ]; then ok "$name ($MS ms)"
  else ACCUSED=$((ACCUSED + 1)); bad "$name" "it accuses '$(field '" ".join(c["id"] for c in d["causes"])')'"; fi
  mend > "$WORK/mend" 2>&1
  restore
}
wanted() { # FILE
  [ -z "${FAULTS:-}" ] || { case " $FAULTS " in *" $(basename "$1" .sh) "*) return 0;; esac; return 1; }
  [ "${FAULT_LIST:-}" != quick ] || grep -qx '# quick' "$1"
}


# The faults of one kind of server; a kind of its own is set up only where one of its faults is wanted.
of_server() { # KIND
  local f all=()
  for f in "$FAULTS_DIR"/*.sh; do
    wanted "$f" && [ "$(sed -n 's/^server=//p' "$f")" = "$1" ] && all+=("$f")
  done
  [ ${#all[@]} -gt 0 ] || return 0
  if [ -n "$1" ]; then
    part "a server whose mail is signed by $1"
    again_vps stack
    in_vps "printf '\n[signer]\nkind = \"%s\"\n' $1 >> /root/answers/basic.toml"
    set_up
  fi
  part "faults${1:+, $1}"
  if [ -z "${READY:-}" ] || ! in_vps 'test -s /root/ready.tar'; then
    must 'a snapshot of the healthy server' snapshot
    restore
  fi
  for f in "${all[@]}"; do one_fault "$f"; done
}

if [ -z "${READY:-}" ]; then
  fresh_vps stack
  set_up
fi
of_server ''
part 'healthy servers'
for f in "$FAULTS_DIR"/healthy/*.sh; do wanted "$f" && one_healthy "$f"; done
of_server opendkim
printf 'score (%s): causes named %d of %d, fixes proved %d of %d, healthy servers %d, false accusations %d, slowest answer %d ms\n' \
  "$SUITE" $NAMED $ALL $PROVED $AUTOMATIC $HEALTHY $ACCUSED $SLOWEST
finish
