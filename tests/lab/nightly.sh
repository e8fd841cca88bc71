#!/bin/bash
# shellcheck disable=SC2016
# long
# The nightly look: a change is mailed to the administrator, nothing new is not; the timer can be switched off and on.
. "$(dirname "$0")/lib.sh"
fresh_vps stack
set_up
ANSWERS=/root/answers/basic.toml
mails() { # how many of them are in the administrator's mailbox; the newest is in $WORK/mail
  client sh -c '
    curl="curl -sS --cacert '"$TRUST"' -u alice@example.lab:$0 imaps://mail.example.lab/INBOX"
    found=$($curl -X "SEARCH HEADER Auto-Submitted auto-generated" | tr -d "\r" | sed "s/^\* SEARCH//")
    set -- $found; echo $# > /root/count; for n; do last=$n; done; [ $# = 0 ] || $curl";MAILINDEX=$last"' "$(password alice)" > "$WORK/mail" 2>&1 < /dev/null
  client cat /root/count
}
have() { [ "$(mails)" = "$1" ]; }
night() { vps systemctl start mailwizard-nightly.service; }

part 'the timer'
check 'it runs' vps systemctl is-active mailwizard-nightly.timer
check 'it is enabled' vps systemctl is-enabled mailwizard-nightly.timer
expect 'systemd knows the next night' 'mailwizard-nightly' vps systemctl list-timers --no-pager --no-legend

part 'a night without news'
check 'the first look settles what is known' night
settled=$(mails)
check 'another night' night
sleep 3
check 'no mail came' have "$settled"
expect 'the journal says so' 'Nothing changed: no mail' vps journalctl -q --no-pager -o cat -u mailwizard-nightly.service

part 'something breaks'
record=$(client dig +short @198.18.53.20 _dmarc.example.lab TXT | head -n 1)
check 'the DMARC record is gone' lab dns 'del _dmarc.example.lab. TXT'
sleep 3
check 'the night finds it' night
check 'a mail comes' wait_for 40 have $((settled + 1))
expect 'it names the check' '^failed: dmarc-record, example\.lab: ' cat "$WORK/mail"
expect 'its subject says how many' '^Subject: mail\.example\.lab: [0-9]+ failed' cat "$WORK/mail"
expect 'the journal says to whom' 'mailed to postmaster@example\.lab' vps journalctl -q --no-pager -o cat -u mailwizard-nightly.service
check 'the next night' night
sleep 3
check 'brings no second mail' have $((settled + 1))

part 'it is well again'
check 'the record is back' lab dns "add _dmarc.example.lab. 60 TXT $record"
sleep 3
check 'the night finds it' night
check 'a mail comes' wait_for 40 have $((settled + 2))
expect 'it says so' '^well again: dmarc-record, example\.lab' cat "$WORK/mail"

part 'switched off and on'
in_vps 'printf "\n[reports]\nnightly = false\n" >> /root/answers/basic.toml'
check 'off' mw apply --answers "$ANSWERS" --yes
refuse 'the timer is gone' vps systemctl is-active mailwizard-nightly.timer
expect 'by hand nobody is mailed to' 'there is nobody to mail to' mw status --changes --mail
in_vps 'sed -i "s/^nightly = false/nightly = true\nalso_to = [\"bob@remote.lab\"]/" /root/answers/basic.toml'
check 'on, with a reader elsewhere' mw apply --answers "$ANSWERS" --yes
check 'the timer is back' vps systemctl is-active mailwizard-nightly.timer
check 'the DMARC record is gone' lab dns 'del _dmarc.example.lab. TXT'
sleep 3
check 'the night finds it' night
SUBJECT='mail.example.lab: 1 failed'
check 'the reader elsewhere has it' wait_for 40 judged
expect 'signed' 'dkim=pass' judged
finish
