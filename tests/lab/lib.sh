# shellcheck shell=bash
# What the lab's scenarios share. A scenario is one file here:
#
#   #!/bin/bash
#   # What it shows, in one line.
#   # suites: bookworm trixie        (which Debian releases it runs on; default both)
#   # usually: trixie                (which of them without scripts/test --all; default all of them)
#   # long                           (only with scripts/test --all)
#   . "$(dirname "$0")/lib.sh"
#   fresh_vps                        # or: fresh_vps stack   (packages installed beforehand)
#   check 'the program runs' vps mailwizard --version
#   finish
#
# It is started by scripts/test (which sets SUITE, PROGRAM and a lab of its own), or by hand:
#   PROGRAM=target/release/mailwizard tests/lab/NAME.sh trixie
set -uo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
SUITE=${1:-${SUITE:-trixie}}
SCENARIO=$(basename "$0" .sh)
export LAB_PFX=${LAB_PFX:-mwt-$SUITE}
PROGRAM=${PROGRAM:-$(find "$ROOT"/target/*/release/mailwizard "$ROOT/target/release/mailwizard" -maxdepth 0 2>/dev/null | head -n 1)}
T0=$SECONDS PASSED=0 FAILED=0 SKIPPED=0
WORK=$(mktemp -d)
# shellcheck source-path=SCRIPTDIR source=../../scripts/lab.d/hold.sh
. "$ROOT/scripts/lab.d/hold.sh"
hold_lab "$LAB_PFX"

# ---------------------------------------------------------------- results
check() { # NAME CMD…: passes when the command does; else its output is shown
  local name=$1 rc=0; shift
  "$@" > "$WORK/out" 2>&1 < /dev/null || rc=$?
  if [ $rc = 0 ]; then ok "$name"; else bad "$name" "exit code $rc: $*"; fi
  return 0
}
refuse() { # NAME CMD…: passes when the command fails
  local name=$1 rc=0; shift
  "$@" > "$WORK/out" 2>&1 < /dev/null || rc=$?
  if [ $rc != 0 ]; then ok "$name"; else bad "$name" "should have failed: $*"; fi
}
must() { # like check, but the rest of the scenario makes no sense without it
  local before=$FAILED; check "$@"; [ "$FAILED" = "$before" ] || finish
}
expect() { # NAME PATTERN CMD…: passes when the output (of a command that may fail) matches the extended regular expression
  local name=$1 pattern=$2; shift 2
  "$@" > "$WORK/out" 2>&1 < /dev/null || :
  if grep -qE -- "$pattern" "$WORK/out"; then ok "$name"; else bad "$name" "no line matches: $pattern"; fi
}
expect_not() { # NAME PATTERN CMD…
  local name=$1 pattern=$2; shift 2
  "$@" > "$WORK/out" 2>&1 < /dev/null || :
  if ! grep -qE -- "$pattern" "$WORK/out"; then ok "$name"; else bad "$name" "a line matches: $pattern"; fi
}
skip() { SKIPPED=$((SKIPPED + 1)); printf 'skipped: %s: %s\n' "$1" "$2"; result skip "$1"; }
ok() { PASSED=$((PASSED + 1)); printf '     ok  %s\n' "$1"; result ok "$1"; }
bad() {
  FAILED=$((FAILED + 1)); printf '   FAIL  %s\n           %s\n' "$1" "$2"; result FAIL "$1"
  tail -n 40 "$WORK/out" 2>/dev/null | cut -c1-400 | sed 's/\x1b/^[/g; s/^/           | /'
}
result() { [ -z "${RESULTS:-}" ] || printf '%s\t%s (%s): %s\n' "$1" "$SCENARIO" "$SUITE" "$2" >> "$RESULTS"; }
part() { printf '  %s  [%d s]\n' "$*" $((SECONDS - T0)); }
finish() {
  [ $FAILED = 0 ] || [ -z "${LAB_KEEP:-}" ] || { echo "  the lab is kept: LAB_PFX=$LAB_PFX scripts/lab sh vps"; KEEP=1; }
  [ -n "${KEEP:-}" ] || lab down 2>/dev/null
  printf '%s (%s): %d passed, %d failed, %d skipped, %d s\n' "$SCENARIO" "$SUITE" $PASSED $FAILED $SKIPPED $((SECONDS - T0))
  [ $FAILED = 0 ]; exit
}
trap 'rm -rf "$WORK"' EXIT

# ---------------------------------------------------------------- the lab
lab() { "$ROOT/scripts/lab" "$@" 8>&-; }   # 8: see scripts/lab.d/hold.sh
vps() { lab exec vps "$@"; }
client() { lab exec client "$@"; }
remote() { lab exec remote "$@"; }
in_vps() { lab exec vps sh -c "$@"; }   # SCRIPT [$0 $1…]
mw() { vps mailwizard "$@"; }

fresh_vps() { # [LAYER]: the lab (brought up when it is not) with a fresh VPS, the program and the answers in it
  [ -x "$PROGRAM" ] || { echo "no program to test: build it, or set PROGRAM" >&2; exit 1; }
  part "$SCENARIO on $SUITE: a fresh VPS"
  lab up "$SUITE" "$@" > "$WORK/out" 2>&1 || { cat "$WORK/out"; FAILED=1; result FAIL 'the lab comes up'; finish; }
  equip
}
again_vps() { # [LAYER]: a fresh VPS in the lab that is up; the DNS keeps what was published
  lab reset "$SUITE" "$@" > "$WORK/out" 2>&1 || { cat "$WORK/out"; finish; }
  equip
}
equip() ( . "$ROOT/scripts/common.sh"; put_program; put_answers )   # a subshell: it defines names of its own
wait_for() { # SECONDS CMD…: until it succeeds
  local end=$((SECONDS + $1)); shift
  until "$@" >/dev/null 2>&1 < /dev/null; do [ $SECONDS -lt $end ] || { "$@" < /dev/null; return 1; }; sleep 0.3; done
}
# Both name servers of the provider have the same serial again: the second is told by NOTIFY.
settle() {
  wait_for 15 client sh -c '
    for zone in example.lab dnshost.lab remote.lab 100.51.198.in-addr.arpa 0.0.1.0.8.b.d.0.1.0.0.2.ip6.arpa; do
      a=$(dig +short @198.18.53.20 "$zone" SOA | cut -d" " -f3); b=$(dig +short @198.18.53.21 "$zone" SOA | cut -d" " -f3)
      [ "$a" = "$b" ] || exit 1
    done' || :
}
# Publishes records, each 'NAME TYPE DATA', from a sheet as `mailwizard records` prints it.
publish() {
  python3 - "$@" <<'P' | lab publish --phase all -
import json, sys
rows = [r.split(' ', 2) for r in sys.argv[1:]]
print(json.dumps({'schema': 1, 'records': [{'name': n, 'type': t, 'ttl': 60, 'data': d, 'phase': 'before'} for n, t, d in rows]}))
P
}
# What a server made by hand needs in the DNS, but for its keys.
publish_by_hand() {
  local six=0.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1.0.8.b.d.0.1.0.0.2.ip6.arpa.
  publish 'mail.example.lab. A 198.51.100.10' 'mail.example.lab. AAAA 2001:db8:100::10' \
    'example.lab. MX 10 mail.example.lab.' 'example.lab. TXT v=spf1 mx -all' '_dmarc.example.lab. TXT v=DMARC1; p=reject' \
    '10.100.51.198.in-addr.arpa. PTR mail.example.lab.' "$six PTR mail.example.lab."
}
# Set up by answers, as scripts/try --unattended does.
set_up() { # [ANSWERS]
  local answers=${1:-/root/answers/basic.toml}
  must 'the records are published' lab publish --phase before --answers "$answers"
  must 'mailwizard setup' set_up_program "$answers"
  must 'the MX is published' lab publish --phase after
  must 'the MX is seen' wait_for 15 client sh -c 'dig +short example.lab MX | grep -q mail.example.lab'
}
# 3: done as far as it can be; that is right while the MX is not there yet
set_up_program() { local rc=0; mw "${SETUP:-setup}" --answers "$1" --yes || rc=$?; [ $rc = 0 ] || [ $rc = 3 ]; }

# ---------------------------------------------------------------- mail
TRUST=/lab/pki/trust.pem
password() { cat "$ROOT/tests/lab/answers/$1.pw"; }
MAILS=0
# The subject is what a mail is found by.
new_subject() { MAILS=$((MAILS + 1)); SUBJECT="lab-$SCENARIO-$$-$MAILS"; }
swaks() { # ARGUMENT…: swaks on a machine elsewhere; a mail needs one Date and one Message-Id, or a filter calls it spam
  client sh -c 'exec swaks --header "Date: $(date -R)" --header "Message-Id: <$(cat /proc/sys/kernel/random/uuid)@client.remote.lab>" "$@" 2>&1' swaks "$@"
}
submit() { # USER SENDER RECIPIENT [SWAKS-ARGUMENT…]: through port 587 of our server
  local user=$1 from=$2 to=$3; shift 3
  swaks --server mail.example.lab:587 --tls --tls-verify --tls-ca-path "$TRUST" --auth-user "$user" --auth-password "$(password "${user%%@*}")" \
    --from "$from" --to "$to" --header "Subject: $SUBJECT" "$@"
}
foreign() { # SENDER RECIPIENT [SWAKS-ARGUMENT…]: by the foreign mail server, signed by it
  local from=$1 to=$2; shift 2
  swaks --server mx.remote.lab --from "$from" --to "$to" --header "Subject: $SUBJECT" "$@"
}
spammer() { # SWAKS-ARGUMENT…: from an address that nobody's SPF names, straight to a server
  swaks --local-interface 198.19.99.66 --ehlo spammer.dnshost.lab "$@"
}
# The mail of this subject that the foreign server took.
judged() { remote sh -c 'f=$(grep -rlF "Subject: $0" /home/inbox/Maildir/new | head -n 1); [ -n "$f" ] && cat "$f"' "$SUBJECT"; }
sent_by() { # USER PASSWORD RECIPIENT: through port 587
  swaks --server mail.example.lab:587 --tls --tls-verify --tls-ca-path "$TRUST" --auth-user "$1" --auth-password "$2" \
    --from "$1" --to "$3" --header "Subject: $SUBJECT"
}
# All that an IMAP client sees of the newest mail of this subject in a folder.
read_mail() { # USER FOLDER
  client sh -c '
    curl="curl -sS --cacert '"$TRUST"' -u $0:$1 imaps://mail.example.lab/$2"
    n=$($curl -X "SEARCH HEADER Subject $3" | tr -d "\r" | awk "{ print \$NF }"); case $n in *[!0-9]*|"") echo "no mail with subject $3 in $2"; exit 1;; esac
    $curl";MAILINDEX=$n"' "$1" "$(password "${1%%@*}")" "$2" "$SUBJECT"
}
