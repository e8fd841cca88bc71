#!/bin/bash
# shellcheck disable=SC2016
# long
# Later changes of a server: domains, accounts, aliases, quotas and DKIM keys, one command each, with mail flowing after every one.
. "$(dirname "$0")/lib.sh"
fresh_vps stack
set_up

login() { client curl -sS --cacert "$TRUST" -u "$1:$2" imaps://mail.example.lab/; }
arrives() { in_vps 'grep -rqlF "Subject: $0" "/var/vmail/$1/$2/Maildir"' "$SUBJECT" "${1#*@}" "${1%@*}"; }
from_outside() { swaks --server mail.example.lab --from news@spammer.dnshost.lab --to "$1" --header "Subject: $SUBJECT" "${@:2}"; }
over_quota() { # HOW-OFTEN: the foreign server was told so
  [ "$(remote grep -cE 'to=<carol@example.lab>.*status=bounced.*552 5\.2\.[23]' /var/log/mail.log)" = "$1" ]
}
made() { grep -oE '[a-z0-9]{5}(-[a-z0-9]{5}){3}' "$WORK/out" | head -n 1; }
rc() { local want=$1; shift; "$@"; local got=$?; [ "$got" = "$want" ] || { echo "exit code $got, not $want"; return 1; }; }
publish_missing() { # records in the events of a change
  grep '"event":"record"' "$WORK/events" | grep '"state":"missing"' | in_python
}
in_python() {
  python3 -c '
import json, sys
records = [json.loads(line)["record"] for line in sys.stdin]
json.dump({"schema": 1, "records": records}, sys.stdout)' | lab publish --phase all -
}
events() { "$@" > "$WORK/events" 2> "$WORK/out"; }

part 'accounts'
check 'one is added, its password made' mw account add carol@example.lab --name 'Carol Example' --yes
PW=$(made)
check 'she logs in' login carol@example.lab "$PW"
new_subject
check 'mail from outside' from_outside carol@example.lab
check 'arrives' wait_for 40 arrives carol@example.lab
check 'a password from standard input' in_vps 'echo "correct horse battery" | mailwizard account password carol@example.lab --password-file - --yes'
check 'fits' login carol@example.lab 'correct horse battery'
refuse 'the old one does not' login carol@example.lab "$PW"
expect_not 'no password is in the journal of the machine' 'correct horse' in_vps 'journalctl --no-pager; cat /var/lib/mailwizard/history/*/journal.jsonl'
expect 'the list says who was there' '^carol@example.lab +[0-9.]+ kB +none +20[0-9-]+ ' mw account list
expect 'and as JSON' '"last_login": "20' mw account list example.lab --json
check 'disabled' mw account disable carol@example.lab --yes
refuse 'she cannot log in' login carol@example.lab 'correct horse battery'
refuse 'nor send' sent_by carol@example.lab 'correct horse battery' bob@remote.lab
new_subject
check 'mail from outside' from_outside carol@example.lab
check 'is kept for her' wait_for 40 arrives carol@example.lab
check 'enabled' mw account enable carol@example.lab --yes
check 'she logs in again' login carol@example.lab 'correct horse battery'

part 'quota'
check 'a limit' mw account quota carol@example.lab 1M --yes
expect 'Dovecot knows it' 'STORAGE.*1024' vps doveadm quota get -u carol@example.lab
new_subject
check 'a message that fits' from_outside carol@example.lab
check 'arrives' wait_for 40 arrives carol@example.lab
check 'two that fit one by one, but together go 2 % over the limit' client sh -c 'head -c 500000 /dev/urandom > /tmp/most; head -c 290000 /dev/urandom > /tmp/rest'
new_subject
check 'the first is sent' foreign bob@remote.lab carol@example.lab --attach @/tmp/most
check 'it arrives' wait_for 40 arrives carol@example.lab
check 'the second is sent' foreign bob@remote.lab carol@example.lab --attach @/tmp/rest
check 'it is refused: a limit is a limit' wait_for 40 over_quota 1
new_subject
check 'a message that fits still' from_outside carol@example.lab
check 'arrives too' wait_for 40 arrives carol@example.lab
check 'a big one to fill it' client sh -c 'head -c 1500000 /dev/urandom | base64 > /tmp/big'
check 'a mail server sends it' foreign bob@remote.lab carol@example.lab --attach @/tmp/big
check 'it is refused at RCPT, and told why' wait_for 40 over_quota 2
expect 'what is used is said' 'carol@example.lab holds .* of 1 MB' mw account quota carol@example.lab
check 'the limit is lifted' mw account quota carol@example.lab none --yes
expect_not 'Dovecot knows that' 'STORAGE.*1024' vps doveadm quota get -u carol@example.lab

part 'rename and remove'
check 'renamed' mw account rename carol@example.lab caroline@second.lab --keep-alias --yes
check 'she logs in with the new address' login caroline@second.lab 'correct horse battery'
refuse 'not with the old one' login carol@example.lab 'correct horse battery'
check 'her mail moved along' arrives caroline@second.lab
expect_not 'nothing is left at the old place' carol in_vps 'ls /var/vmail/example.lab'
new_subject
check 'mail to the old address' from_outside carol@example.lab
check 'reaches her' wait_for 40 arrives caroline@second.lab
check 'the change is undone' mw undo
check 'she is back' login carol@example.lab 'correct horse battery'
check 'with her mail' in_vps 'ls /var/vmail/example.lab/carol/Maildir/new/* /var/vmail/example.lab/carol/Maildir/cur/* 2>/dev/null | grep -q .'
check 'what was undone does not wait to be done again' mw apply --forget
check 'removed, her mail archived' mw account remove carol@example.lab --archive --yes
check 'the archive holds it' in_vps 'tar -tzf /var/lib/mailwizard/archive/carol@example.lab-*.tar.gz | grep -q Maildir/'
expect_not 'and the folder is gone' carol in_vps 'ls /var/vmail/example.lab'
expect 'mail to her is refused' '<\*\* 5[0-9][0-9]' from_outside carol@example.lab --quit-after RCPT
refuse 'mail is not purged on --yes alone' mw account remove bob@second.lab --delete --yes

part 'aliases'
check 'several targets, here and elsewhere' mw alias add team@example.lab alice@example.lab bob@remote.lab --yes
new_subject
check 'mail to it' from_outside team@example.lab
check 'arrives here' wait_for 40 arrives alice@example.lab
check 'and elsewhere' wait_for 40 judged
expect 'a catch-all is warned about' 'spam to guessed names' mw alias add '*@second.lab' bob@second.lab --yes
new_subject
check 'anything goes there' from_outside whatever@second.lab
check 'arrives' wait_for 40 arrives bob@second.lab
check 'removed again' mw alias remove '*@second.lab' --yes
expect 'and is refused' '<\*\* 5[0-9][0-9]' from_outside whatever@second.lab --quit-after RCPT
new_subject
check 'a tag needs no alias' from_outside alice+shop@example.lab
check 'arrives' wait_for 40 arrives alice@example.lab

part 'CSV'
in_vps 'i=0; echo address,name,password,quota_mb,disabled; while [ $i -lt 200 ]; do i=$((i + 1)); echo "user$i@second.lab,User $i,word number $i,100,"; done' > "$WORK/users.csv"
lab put vps "$WORK/users.csv" /root/users.csv
check '200 accounts' mw account import /root/users.csv --yes
check 'one of them logs in' login user77@second.lab 'word number 77'
check 'exported' mw account export /root/exported.csv
expect 'hashes' 'SHA512-CRYPT' vps cat /root/exported.csv
expect_not 'and no password' 'word number' vps cat /root/exported.csv
expect 'imported again, nothing changes' '0 new, 0 changed, 20[0-9] as they were' mw account import /root/exported.csv --yes
in_vps 'echo "user1@second.lab,,x,,"; echo "nobody,,,,"' > "$WORK/bad.csv"
lab put vps "$WORK/bad.csv" /root/bad.csv
expect 'a bad line is named' "line 2: 'nobody' is not a mail address" mw account import /root/bad.csv --yes
check 'and nothing of it was imported' login user1@second.lab 'word number 1'

part 'a domain'
check 'added; its records are missing' rc 3 events mw domain add third.lab --new --account dave@third.lab --yes --json
PW=$(grep -oE '[a-z0-9]{5}(-[a-z0-9]{5}){3}' "$WORK/events" | head -n 1)
expect_not 'only its own records are shown' '"name":"(mail\.example|example|second)\.lab' cat "$WORK/events"
check 'the summary says so' grep -q '"event":"summary","exit":3' "$WORK/events"
check 'they are published' publish_missing
check 'all are there' wait_for 60 mw domain add third.lab --yes
new_subject
check 'its user sends' sent_by dave@third.lab "$PW" bob@remote.lab
check 'the foreign server has it' wait_for 40 judged
for verdict in spf dkim dmarc; do expect "$verdict=pass" "$verdict=pass" judged; done
new_subject
check 'mail by the foreign server' foreign bob@remote.lab dave@third.lab
check 'arrives' wait_for 40 arrives dave@third.lab
expect 'it is in the list' '^third.lab +none +1 +4 +ok, looked at' mw domain list --dns

part 'its DMARC policy'
check 'a stricter one; its record is not there' rc 3 events mw domain dmarc third.lab quarantine --yes --json
expect 'the new record is shown' 'p=quarantine' cat "$WORK/events"
expect 'the list says so' '^third.lab +quarantine' mw domain list
expect 'a policy that is none' "invalid value 'strict'" mw domain dmarc third.lab strict --yes
lab dns 'del _dmarc.third.lab. TXT' > /dev/null
the_old_is_down() { rc 3 events mw domain add third.lab --yes --json && grep -q '"state":"missing"' "$WORK/events"; }
check 'the old record is down' wait_for 60 the_old_is_down
check 'the new one is published' publish_missing
check 'it is there' wait_for 60 mw domain add third.lab --yes
expect 'the same policy again is said to be there' "is 'quarantine' already" mw domain dmarc third.lab quarantine --yes
expect 'the check reads it' 'p=quarantine' mw check --only dmarc-record --json

part 'DKIM'
check 'new keys; their records are missing' rc 3 events mw dkim rotate third.lab --yes --json
expect 'the old ones sign' '"selector": "r2026a"' mw dkim status third.lab --json
new_subject
check 'its user sends' sent_by dave@third.lab "$PW" bob@remote.lab
check 'the foreign server has it' wait_for 40 judged
expect 'signed with the old key' 's=r2026a' judged
check 'the new records are published' publish_missing
check 'signing switches' wait_for 60 mw dkim rotate third.lab --yes
expect 'the status says so' 'r2026b +rsa +signs +published' mw dkim status third.lab
expect 'and what stays' 'r2026a +rsa +stopped; stays to 20' mw dkim status third.lab
new_subject
check 'its user sends' sent_by dave@third.lab "$PW" bob@remote.lab
check 'the foreign server has it' wait_for 40 judged
expect 'signed in the moment of the switch too' 'dkim=pass' judged
signed_with_the_new_key() { new_subject; sent_by dave@third.lab "$PW" bob@remote.lab && wait_for 20 judged && judged | grep -q 's=r2026b'; }
check 'and with the new key before long' wait_for 60 signed_with_the_new_key
expect 'which is found good' 'dkim=pass' judged
expect 'before 7 days nothing more is done' 'stay until' mw dkim rotate third.lab --yes
in_vps 'sed -i "s/^stopped = .*/stopped = \"2026-01-01T00:00:00Z\"/" /var/lib/mailwizard/dkim/third.lab/keys.toml'
expect 'then the old records may go' 'may go now' mw dkim rotate third.lab --yes
lab dns 'del r2026a._domainkey.third.lab. TXT' 'del e2026a._domainkey.third.lab. TXT' > /dev/null
complete() { mw dkim rotate third.lab --yes | grep -q 'rotation is complete'; }
check 'once they are down it is complete' wait_for 30 complete

part 'a domain goes'
expect 'with what may go' 'Take these records down' mw domain remove third.lab --archive --yes
check 'its mail is archived' in_vps 'tar -tzf /var/lib/mailwizard/archive/third.lab-*.tar.gz | grep -q dave/Maildir/'
expect 'its mail is refused' '<\*\* 5[0-9][0-9]' from_outside dave@third.lab --quit-after RCPT
expect 'nothing waits' 'Nothing to do' mw plan
check 'the checks are content' mw check --skip host-clock
finish
