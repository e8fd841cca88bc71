#!/bin/bash
# shellcheck disable=SC2016
# From an empty VPS to mail that others trust, by an answers file; then what must be refused, a second run, a reboot, secrets, undo.
. "$(dirname "$0")/lib.sh"
fresh_vps
must 'records as JSON' mw records --answers /root/answers/basic.toml --format json
set_up

part 'mail goes out'
new_subject
check 'submission on 587 takes it' submit alice@example.lab alice@example.lab bob@remote.lab
check 'the foreign server has it' wait_for 40 judged
for verdict in spf dkim dmarc; do expect "$verdict=pass" "$verdict=pass" judged; done
expect_not 'no verdict is a fail' '(spf|dkim|dmarc)=(fail|softfail|none|neutral|temperror|permerror)' judged
new_subject
check 'submissions on 465 takes it' swaks --server mail.example.lab:465 --tls-on-connect --tls-verify --tls-ca-path "$TRUST" \
  --auth-user bob@second.lab --auth-password "$(password bob)" --from bob@second.lab --to bob@remote.lab --header "Subject: $SUBJECT"
check 'the second domain too' wait_for 40 judged
expect 'the second domain: dmarc=pass' 'dmarc=pass' judged

part 'mail comes in'
new_subject
check 'the foreign server takes it' foreign bob@remote.lab alice@example.lab
check 'read by IMAP' wait_for 40 read_mail alice@example.lab INBOX
expect 'it came over TLS' 'with ESMTPS' read_mail alice@example.lab INBOX
new_subject
check 'an alias' foreign bob@remote.lab postmaster@example.lab
check 'the alias delivers' wait_for 40 read_mail alice@example.lab INBOX
check 'an ordinary client (mbsync)' client sh -c '
  umask 077; printf "IMAPAccount a\nHost mail.example.lab\nUser alice@example.lab\nPass %s\nSSLType IMAPS\nCertificateFile '"$TRUST"'\n\nIMAPStore far\nAccount a\n\nMaildirStore near\nPath /root/m/\nInbox /root/m/INBOX\nSubFolders Verbatim\n\nChannel c\nFar :far:\nNear :near:\nPatterns *\nCreate Near\n" "$0" > /root/rc
  mkdir -p /root/m; mbsync -c /root/rc -a && grep -rqF "Subject: $1" /root/m' "$(password alice)" "$SUBJECT"
expect 'special folders' 'Junk' client sh -c 'curl -sS --cacert '"$TRUST"' -u "alice@example.lab:$0" imaps://mail.example.lab/ -X "LIST \"\" *"' "$(password alice)"

part 'what must be refused'
new_subject
expect 'a forgery of ours, by the foreign server' '<\*\* 5[0-9][0-9]' spammer --server mx.remote.lab --from bob@second.lab --to bob@remote.lab --header "Subject: $SUBJECT"
new_subject
expect 'a forgery of others' '<\*\* 5[0-9][0-9]' spammer --server mail.example.lab --from bob@remote.lab --to alice@example.lab --header "Subject: $SUBJECT"
refuse 'a forgery of others is not in the inbox' read_mail alice@example.lab INBOX
expect 'relaying' '<\*\* 5[0-9][0-9]' spammer --server mail.example.lab --from x@remote.lab --to y@remote.lab
expect 'relaying by percent and quotes' '<\*\* 5[0-9][0-9]' spammer --server mail.example.lab --from x@remote.lab --to 'y%remote.lab@example.lab'
expect 'an unknown recipient' '<\*\* 550' spammer --server mail.example.lab --from x@remote.lab --to nobody@example.lab
expect 'another account as sender' '<[~*]\* 5[0-9][0-9]' submit alice@example.lab bob@second.lab bob@remote.lab
expect 'a foreign sender' '<[~*]\* 5[0-9][0-9]' submit alice@example.lab bob@remote.lab alice@example.lab
expect_not 'no AUTH on port 25' 'AUTH' swaks --server mail.example.lab --tls --quit-after EHLO
expect_not 'no AUTH before TLS on 587' 'AUTH' swaks --server mail.example.lab:587 --quit-after EHLO
expect 'no VRFY' '^502' client sh -c '(for line in "EHLO client.remote.lab" "VRFY alice" QUIT; do sleep 0.5; printf "%s\r\n" "$line"; done) | nc -q 3 mail.example.lab 25'
for port in 110 143 995; do refuse "port $port is closed" client nc -z -w 3 mail.example.lab $port; done
expect 'a wrong password' '(denied|Login)' client curl -sS --cacert "$TRUST" -u alice@example.lab:wrong imaps://mail.example.lab/

part 'verified by the program itself'
check 'mailwizard check' mw check
expect 'check --json' '"schema": ?1' mw check --json

part 'a second run'
started() { in_vps 'for u in postfix@- postfix dovecot rspamd redis-server unbound fail2ban; do systemctl show -p Id -p ActiveEnterTimestamp -p ExecMainStartTimestamp -p NRestarts $u; done; stat -c "%n %Y" /etc/postfix/main.cf /etc/postfix/master.cf /etc/dovecot/dovecot.conf'; }
started > "$WORK/before"
check 'apply with nothing changed' mw apply --answers /root/answers/basic.toml --yes
started > "$WORK/after"
check 'it restarts and rewrites nothing' diff "$WORK/before" "$WORK/after"

part 'a reboot'
check 'it reboots' lab reboot vps
expect 'its name stays' '^mail.example.lab$' vps hostname -f
expect_not 'every unit is well' 'failed' vps systemctl --failed --no-legend --plain
check 'the filter listens' wait_for 30 in_vps 'ss -ltn | grep -q ":11332 "'
new_subject
check 'mail goes out' submit alice@example.lab alice@example.lab bob@remote.lab
check 'it arrives' wait_for 40 judged
expect 'dmarc=pass' 'dmarc=pass' judged
new_subject
check 'mail is sent to us' foreign bob@remote.lab alice@example.lab
check 'it arrives here' wait_for 40 read_mail alice@example.lab INBOX
check 'mailwizard check' mw check

part 'secrets'
expect_not 'no password in the journal' 'canary-(Alice|Bob)-' vps journalctl --no-pager -o verbose
refuse 'no password in any file' in_vps 'grep -rIlE -e "canary-(Alice|Bob)-" / --exclude-dir=proc --exclude-dir=sys --exclude-dir=dev --exclude-dir=answers 2>/dev/null | grep .'
refuse 'no private key that everybody can read' in_vps 'find / -xdev -type f -perm -o=r -size -64k -not -path "/usr/*" -not -path "/proc/*" -exec grep -lE "BEGIN ([A-Z]+ )?PRIVATE KEY" {} + 2>/dev/null | grep .'

part 'undo'
check 'mailwizard undo' mw undo
for port in 25 465 587 993; do refuse "port $port is closed again" client nc -z -w 3 mail.example.lab $port; done
expect 'the name is the old one' '^vps-198-51-100-10$' vps cat /etc/hostname
check 'names are still resolved' vps getent hosts mx.remote.lab
check 'mail is kept' in_vps 'find / -xdev -path /proc -prune -o -type f -path "*/new/*" -print -o -type f -path "*/cur/*" -print | grep -q .'
check 'keys are kept' in_vps 'find /var/lib/mailwizard -type f | grep -qi dkim'
finish
