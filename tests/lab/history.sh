#!/bin/bash
# shellcheck disable=SC2016
# usually: trixie
# The history: what each apply changed; one taken out from among others, refused where a later one needs it, done again; an apply with nothing to do writes nothing and takes no time.
. "$(dirname "$0")/lib.sh"
fresh_vps stack
set_up
ANSWERS=/root/answers/basic.toml
apply() { local rc=0; mw apply --answers "$ANSWERS" --yes || rc=$?; [ "$rc" = 0 ] || [ "$rc" = 3 ]; }
last() { in_vps 'mailwizard history --json' | python3 -c 'import json, sys; print(json.load(sys.stdin)["history"][0]["id"])'; }
add() { in_vps 'printf "%b" "$0" >> /root/answers/basic.toml' "$1"; }
domains() { in_vps 'cat /etc/postfix/mailwizard/* | grep -oE "[a-z]+\.lab" | sort -u | tr "\n" " "'; }
mail_works() { # NAME
  new_subject
  check "$1: mail goes out" submit alice@example.lab alice@example.lab bob@remote.lab
  check "$1: and arrives" wait_for 40 judged
}

part 'nothing to do: nothing written, nothing restarted, no time'
in_vps 'sleep 1.1; touch /root/stamp; sleep 1.1'
check 'a second apply' mw apply --yes
# Only the lock tells that it was there.
expect_not 'it wrote no file' '^/' in_vps 'find /etc /var/lib/mailwizard /var/lib/rspamd/dkim /var/lib/dovecot /var/spool/postfix/etc /usr/sbin -xdev -newer /root/stamp -type f -not -path /var/lib/mailwizard/lock'
expect_not 'it restarted nothing' '[A-Za-z]' in_vps 'journalctl -q --no-pager -o cat --since "$(date -r /root/stamp "+%Y-%m-%d %H:%M:%S")" | grep -E "^(Started|Stopped|Reloaded|Starting|Stopping|Reloading) " | grep -iE "postfix|dovecot|rspamd|redis|unbound|fail2ban"'
ms=$(in_vps 'begin=$(date +%s%N); mailwizard apply --yes > /dev/null; echo $((($(date +%s%N) - begin) / 1000000))')
part "it took $ms ms"

part 'what each apply changed'
add '\n[[domains]]\nname = "third.lab"\n[[accounts]]\naddress = "carol@third.lab"\n'
check 'a third domain with an account' apply
third=$(last)
add '\n[[aliases]]\naddress = "sales@example.lab"\ntargets = ["alice@example.lab"]\n'
check 'an alias' apply
expect 'the history names the domain' '^ +domain third\.lab added' mw history
expect 'and the account' '^ +account carol@third\.lab added' mw history
expect 'and the alias' '^ +alias sales@example\.lab added' mw history
expect 'the first is the set-up' '^ +first set-up of mail\.example\.lab' mw history
expect 'one apply with its steps' '^ +did: ' mw history "$third"
expect 'JSON' '"changed": \[' mw history --json

part 'one taken out, the later one stays'
check 'undo of the one before the last' mw undo "$third"
expect_not 'the domain is gone' 'third\.lab' domains
expect 'the alias of later stays' 'sales@example\.lab' in_vps 'cat /etc/postfix/mailwizard/*'
expect 'the history says so' "undoes $third" mw history
expect 'it cannot be undone twice' 'is undone already' mw undo "$third"
new_subject
check 'the alias is delivered' foreign bob@remote.lab sales@example.lab
check 'to its target' wait_for 40 read_mail alice@example.lab INBOX
mail_works 'without it'

part 'done again'
check 'apply --again' mw apply --again "$third" --yes
expect 'the domain is back' 'third\.lab' domains
mail_works 'with it again'

part 'refused with the reason'
add '\n[[accounts]]\naddress = "dora@third.lab"\n'
check 'an account in that domain' apply
again=$(in_vps 'mailwizard history --json' | python3 -c 'import json, sys; print(json.load(sys.stdin)["history"][1]["id"])')
expect 'the domain cannot go alone' "$again cannot be undone alone: .*dora@third\.lab" sh -c '"$0" exec vps mailwizard undo "$1" 2>&1 | tr -s " \n" " "' "$ROOT/scripts/lab" "$again"
expect 'the way there is named' 'and-later' mw undo "$again"
expect 'nothing changed' 'third\.lab' domains
check 'with all that came later' mw undo "$again" --and-later
expect_not 'the domain is gone' 'third\.lab' domains
expect 'the alias is still there' 'sales@example\.lab' in_vps 'cat /etc/postfix/mailwizard/*'
mail_works 'after it'

part 'a bad change undone'
add '\n[protection]\nmessage_size_mb = 1\n'
check 'messages of at most 1 MB' apply
client sh -c 'head -c 1500000 /dev/zero | tr "\0" x | fold -w 70 > /root/large'
new_subject
expect 'a large mail is refused' '552|exceeds|too (big|large)' submit alice@example.lab alice@example.lab bob@remote.lab --body @/root/large
check 'undo' mw undo
mail_works 'after the undo'
expect 'the limit is the old one' '^50000000$' vps postconf -h message_size_limit
finish
