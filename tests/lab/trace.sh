#!/bin/bash
# What became of a message, told from real logs: delivered, filed as junk, led on by an alias, refused as spam, unknown, deferred, bounced.
# long
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
fresh_vps stack
set_up
# Rspamd's test patterns: one is refused, another is marked as spam.
in_vps 'printf "gtube_patterns = \"all\";\nenable_test_patterns = true;\n" > /etc/rspamd/local.d/options.inc; systemctl restart rspamd'
wait_for 40 in_vps 'ss -ltn | grep -q ":11332 "'
PATTERN='*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X'
sent() { foreign "$@" > "$WORK/out" 2>&1 || :; }

part 'mail of every fate'
new_subject; sent bob@remote.lab alice@example.lab
check 'it is in the inbox' wait_for 40 read_mail alice@example.lab INBOX
new_subject; sent carol@remote.lab alice@example.lab --body "YJS$PATTERN"
check 'junk is in Junk' wait_for 40 read_mail alice@example.lab Junk
new_subject; sent dora@remote.lab postmaster@example.lab
check 'the alias led to the inbox' wait_for 40 read_mail alice@example.lab INBOX
new_subject; sent eve@remote.lab alice@example.lab --body "XJS$PATTERN"
new_subject; sent fred@remote.lab nobody@example.lab
# Over SMTP a domain that does not exist is refused at once; what a local program hands in is taken and comes back.
in_vps 'printf "Subject: hello\n\nhello\n" | sendmail -f alice@example.lab gina@nowhere.remote.lab'
new_subject; submit alice@example.lab alice@example.lab bob@remote.lab > "$WORK/out" 2>&1 || :
check 'it leaves' wait_for 40 judged
lab port25 blocked
new_subject; submit alice@example.lab alice@example.lab henry@remote.lab > "$WORK/out" 2>&1 || :
wait_for 90 in_vps 'postqueue -p | grep -q "henry@remote.lab" && journalctl -q -u "postfix*" | grep "to=<henry@remote.lab>" | grep -q status=deferred'
lab port25 open

part 'the trace of each'
expect 'delivered into the inbox' 'alice@example.lab: put into the folder INBOX' mw trace --from bob@remote.lab --to alice@example.lab
expect 'filed as junk by Sieve' 'alice@example.lab: put into the folder Junk' mw trace --from carol@remote.lab
expect 'Rspamd is heard too' 'rspamd' mw trace --from carol@remote.lab
expect 'an alias is told' 'postmaster@example.lab, an alias, led to alice@example.lab' mw trace --from dora@remote.lab
expect 'and found by its own name' '^\[delivered\] dora@remote.lab' mw trace --to postmaster@example.lab
# The foreign server's own notice of the refusal comes back to nobody here: the message itself is what is asked for.
expect 'refused by Rspamd' '^\[refused\] eve@remote.lab' mw trace eve@remote.lab
expect 'with its words' 'it was refused here: 5' mw trace eve@remote.lab
expect 'an unknown recipient' 'it was refused here: 550 5.1.1' mw trace fred@remote.lab
expect 'bounced' '^\[bounced\] alice@example.lab -> gina@' mw trace gina@nowhere.remote.lab
expect 'its notice came back' 'the mail system \(a bounce\)' mw trace gina@nowhere.remote.lab
expect 'sent, with the words of who took it' 'bob@remote.lab: mx.remote.lab.* took it: 250' mw trace --from alice@example.lab --to bob@remote.lab
expect 'deferred' '^\[waiting\] alice@example.lab -> henry@' mw trace henry@remote.lab
expect 'with the reason' 'Connection timed out' mw trace henry@remote.lab

part 'by id, by time, in words'
ID=$(mw trace --json --from alice@example.lab --to bob@remote.lab | python3 -c 'import json,sys; print(json.load(sys.stdin)["messages"][0]["queue_ids"][0])')
expect 'by queue id' "queue id +$ID" mw trace "$ID"
HEADER=$(mw trace --json "$ID" | python3 -c 'import json,sys; print(json.load(sys.stdin)["messages"][0]["message_id"])')
expect 'by Message-ID' "queue id +$ID" mw trace "<$HEADER>"
expect 'around now' '^1 message' in_vps 'mailwizard trace --from bob@remote.lab --to alice@example.lab --around "$(date +%H:%M)"'
expect 'not yesterday' 'The nearest was at' in_vps 'mailwizard trace --from bob@remote.lab --to alice@example.lab --around "yesterday 03:00"'
expect 'a sentence' '^1 message' in_vps 'mailwizard trace what happened to the mail from bob@remote.lab to alice@example.lab at "$(date +%H:%M)"'
expect 'JSON has the recipients' '"folder": "Junk"' mw trace --json --from carol@remote.lab
in_vps 'journalctl -q --no-pager -o short-iso-precise > /root/mail.log; gzip -k /root/mail.log'
expect 'from a file of another machine' '^\[delivered\] bob@remote.lab' mw trace --from bob@remote.lab --log /root/mail.log.gz

part 'what cannot be followed gets one sentence'
expect 'no time' "'tea' is not a time. Try '15:00'" mw trace bob@remote.lab --around tea
expect 'no address' "'bob' is not an address" mw trace --from bob
expect 'nobody named' 'names no address' mw trace where is my mail
expect 'never here' 'Nothing of it is in the log' mw trace zoe@remote.lab
finish
