#!/bin/bash
# shellcheck disable=SC2016
# A domain whose mail is at another server: not captured before the cut-over, taken here after it, and not asked about again.
# long
. "$(dirname "$0")/lib.sh"
fresh_vps stack
ANSWERS=/root/answers/move.toml
answers() { in_vps 'cp /root/answers/alice.pw /root/answers/carol.pw
  { sed "/^\[certificate\]/i [[domains]]\nname = \"move.lab\"\nmoving_from_another_server = true\n" /root/answers/basic.toml
    printf "\n[[accounts]]\naddress = \"carol@move.lab\"\npassword_file = \"carol.pw\"\n"; } > "$0"' "$ANSWERS"; }
must 'the answers name a domain that moves' answers
set_up $ANSWERS
carol() { read_mail carol@move.lab INBOX; }
password() { cat "$ROOT/tests/lab/answers/alice.pw"; }
takes() { in_vps 'postmap -q move.lab texthash:/etc/postfix/mailwizard/domains | grep -q .'; }
rcpt() { spammer --server mail.example.lab --from x@remote.lab --to carol@move.lab --quit-after RCPT; }

part 'before the cut-over'
refuse 'its mail is not taken' takes
expect 'a foreign server is refused' '<\*\* 5[0-9][0-9]' rcpt
expect 'its MX is the other server' '^10 mx.remote.lab.$' client dig +short move.lab MX
expect_not 'no record leads it here' '"name": "([^"]*\.)?move\.lab\.", "type": "(MX|SRV|CNAME)"' in_vps 'mailwizard records --format json | tr -d "\n" | sed "s/},/},\n/g; s/  */ /g"'
expect 'one SPF, with what was there' '^"v=spf1 .*mx.*include:remote.lab -all"$' client dig +short move.lab TXT
expect 'another TXT stays' 'lab-site-verification' client dig +short move.lab TXT
new_subject
check 'our users write to it' submit alice@example.lab alice@example.lab carol@move.lab
check 'it goes to the live MX' wait_for 40 judged
refuse 'and not to a mailbox here' carol
check 'its users may log in already' client curl -sS --cacert "$TRUST" -u "carol@move.lab:$(password)" imaps://mail.example.lab/
check 'the checks are content' mw check --skip host-clock
expect 'and say where its mail goes' 'Mail still goes to 10 mx.remote.lab: the' mw check --only dns-mx

part 'the cut-over, by plain lines'
said=$WORK/said
operator() ( cd "$ROOT" && timeout 240 python3 tests/lab/plain/operator.py "$1" scripts/lab exec vps mailwizard setup --plain )
operator tests/lab/move/rules > "$said" 2>&1; rc=$?
cp "$said" "$WORK/out"
if [ $rc = 0 ]; then ok 'it goes through'; else bad 'it goes through' "exit code $rc"; fi
expect 'it is asked' 'Cut over now' cat "$said"
expect 'it is said' 'From now on this server accepts their mail' cat "$said"
check 'its mail is taken' takes
check 'the MX leads here' wait_for 15 client sh -c 'dig +short move.lab MX | grep -qx "10 mail.example.lab."'

part 'after the cut-over'
new_subject
check 'our users write to it' submit alice@example.lab alice@example.lab carol@move.lab
check 'it is in the mailbox here' wait_for 40 carol
refuse 'and not at the other server' judged
new_subject
check 'mail from elsewhere' swaks --server mail.example.lab --from news@spammer.dnshost.lab --to carol@move.lab --header "Subject: $SUBJECT"
check 'arrives here' wait_for 40 carol
new_subject
check 'its users send' submit carol@move.lab carol@move.lab bob@remote.lab
check 'the foreign server has it' wait_for 40 judged
for verdict in spf dkim dmarc; do expect "$verdict=pass" "$verdict=pass" judged; done
echo '^g go on => g' > "$WORK/rules"
operator "$WORK/rules" > "$said" 2>&1
expect 'the set-up opens again' 'Step' cat "$said"
expect_not 'the cut-over is not asked again' 'Cut.over' cat "$said"
finish
