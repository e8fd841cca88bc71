#!/bin/bash
# shellcheck disable=SC2016
# What cannot be done is refused with one sentence, and nothing of the system is written; a disk that fills up loses nothing.
# long
. "$(dirname "$0")/lib.sh"
fresh_vps stack
ANSWERS=/root/answers/refusals.toml
answers() { in_vps 'sed "s/^method = .*/method = \"self-signed\"/; /^directory = /d; /^root_file = /d; /^agree_to_terms = /d" /root/answers/basic.toml > "$0"' "$ANSWERS"; }
must 'the answers' answers
in_vps 'mkdir -p /var/lib/mailwizard; touch /root/before; sleep 1.1'
untouched() { in_vps 'find /etc /usr /boot /home /var -xdev -newer /root/before -type f -not -path "/var/log/*" -not -path "/var/lib/mailwizard/*" -not -path "/var/lib/systemd/*" -not -path "/var/lib/rspamd/*" -not -path "/var/lib/redis/*" | grep .'; }
# NAME SENTENCE CODE CMD…: one line on standard error, nothing on standard output, this exit code
one_sentence() {
  local name=$1 sentence=$2 code=$3 rc=0; shift 3
  "$@" > "$WORK/stdout" 2> "$WORK/out" < /dev/null || rc=$?
  if [ "$rc" != "$code" ]; then bad "$name" "exit code $rc instead of $code"
  elif [ -s "$WORK/stdout" ] || [ "$(wc -l < "$WORK/out")" != 1 ]; then cat "$WORK/stdout" >> "$WORK/out"; bad "$name" 'more or less than one line'
  elif ! grep -qE -- "$sentence" "$WORK/out"; then bad "$name" "not: $sentence"
  else ok "$name"; fi
}
set_up_here() { mw setup --answers "$ANSWERS" --yes; }
# With lines of Python on the text of the answers, s.
changed() { in_vps 'python3 - "$0" > /root/answers/changed.toml <<P
import sys
s = open(sys.argv[1]).read()
'"$1"'
sys.stdout.write(s)
P
mailwizard setup --answers /root/answers/changed.toml --yes' "$ANSWERS"; }
instead() { unshare_vps "mount --bind /root/instead $1 && exec mailwizard setup --answers $ANSWERS --yes"; }
unshare_vps() { vps unshare --mount sh -c "$1"; }

part 'who and where'
one_sentence 'not root' 'can only be set up by root: start it again with sudo' 1 vps runuser -u nobody -- mailwizard setup --answers $ANSWERS --yes
one_sentence 'not a terminal' 'needs a terminal.* mailwizard setup --answers FILE --yes' 2 mw
one_sentence 'no terminal for setup either' 'no terminal to ask on.* mailwizard setup --answers FILE --yes' 2 mw setup
in_vps 'sed "s/^VERSION_ID=.*/VERSION_ID=\"11\"/; s/^PRETTY_NAME=.*/PRETTY_NAME=\"Debian GNU\/Linux 11 (bullseye)\"/" /usr/lib/os-release > /root/instead'
one_sentence 'an unsupported release' "'Debian GNU/Linux 11 .bullseye.' is not supported: Debian 12 and 13 are" 1 instead /usr/lib/os-release
one_sentence 'no systemd' 'systemd does not run here' 1 unshare_vps "mount -t tmpfs none /run/systemd && exec mailwizard setup --answers $ANSWERS --yes"
held() { in_vps '(flock 9; echo "held by this test" >&9; exec sleep 4) 9<>/var/lib/mailwizard/lock & sleep 0.5; exec mailwizard setup --answers "$0" --yes' "$ANSWERS"; }
one_sentence 'the lock is held' 'held by this test' 4 held
expect 'a small terminal' 'terminal.*has.*40x10;.*60x16.*are' in_vps 'script -qec "stty cols 40 rows 10; timeout --foreground -s INT 4 mailwizard" /dev/null'
check 'a reader that leaves early' vps bash -c "mailwizard plan --answers $ANSWERS 2>/root/errors | head -n 1; test ! -s /root/errors"

part 'answers'
one_sentence 'a domain twice' "The domain 'example.lab' is given twice: leave one of them out" 2 changed 's = s.replace("[certificate]", "[[domains]]\nname = \"EXAMPLE.lab\"\n[certificate]", 1)'
one_sentence 'a circle of aliases' 'The aliases go in a circle: a@example.lab -> b@example.lab -> a@example.lab' 2 changed 's += "".join(f"\n[[aliases]]\naddress = \"{x}@example.lab\"\ntargets = [\"{y}@example.lab\"]\n" for x, y in ("ab", "ba"))'
one_sentence 'an account of another domain' "'eve@other.lab' is in none of the domains|'other.lab', which is not" 2 changed 's += "\n[[accounts]]\naddress = \"eve@other.lab\"\n"'
one_sentence 'terms not accepted' 'certificate.agree_to_terms' 2 changed 's = s.replace("self-signed", "acme-http", 1)'
one_sentence 'a host name with an underscore' "line [0-9]+: hostname: 'mail_1.example.lab' is not a host name: '_' is not allowed. Try 'mail1.example.lab'" 2 changed 's = s.replace("hostname = \"mail.", "hostname = \"mail_1.", 1)'
one_sentence 'an unknown key' "'greylistng' is not a key of .protection.. The nearest right one is 'greylisting'" 2 changed 's += "\n[protection]\ngreylistng = true\n"'
refuse 'nothing of the system was written' untouched

part 'a disk that fills up'
in_vps 'cp -a /etc/dovecot /root/d && mount -t tmpfs -o size=2m,mode=755 none /etc/dovecot && cp -a /root/d/. /etc/dovecot/ && sha256sum /etc/dovecot/dovecot.conf > /root/sum
  dd if=/dev/zero of=/etc/dovecot/fill bs=4k 2>/dev/null; true'
full() { local rc=0; set_up_here || rc=$?; echo "exit code $rc"; }
full > "$WORK/full" 2>&1
expect 'it is said which file' "/etc/dovecot/.* could not be written: No space left on device .os error 28.[.] No daemon has read the new settings" sh -c 'tr "\n" " " < "$0" | tr -s " "' "$WORK/full"
expect 'it has failed' '^exit code 1$' cat "$WORK/full"
check 'the file that was there is whole' vps sha256sum --quiet -c /root/sum
refuse 'nothing half-written is left' in_vps 'find /etc -xdev -name "*.mailwizard-new" | grep .; find /etc/dovecot -name "*.mailwizard-new" | grep .'
in_vps 'rm /etc/dovecot/fill'
again() { local rc=0; set_up_here || rc=$?; echo "exit code $rc"; }
expect 'with room it comes to its end' '^exit code [03]$' again
check 'Dovecot serves' vps bash -c '</dev/tcp/127.0.0.1/993'
finish
