#!/bin/bash
# shellcheck disable=SC2016
# long
# Moving house in two commands: a Debian 12 server is backed up and restored on a Debian 13 VPS with other addresses; then mailwizard leaves it.
# suites: trixie
. "$(dirname "$0")/lib.sh"
TO=$SUITE SUITE=bookworm
PASSPHRASE='four words are enough'
BACKUP=/root/server.age
with_passphrase() { in_vps 'printf "%s\n" "$0" | mailwizard "$@"' "$PASSPHRASE" "$@" --passphrase-file -; }
imap() { # CURL-ARGUMENT…: alice's mailbox, as a client elsewhere sees it
  client curl -sS --cacert "$TRUST" -u "alice@example.lab:$(password alice)" "$@"; }
fetched() { imap "imaps://mail.example.lab/$1" -X "$2" | sed 's/ *\\Recent//'; }
exit_code() { local wanted=$1 rc=0; shift; "$@" || rc=$?; [ "$rc" = "$wanted" ] || { echo "exit code $rc"; return 1; }; }

fresh_vps stack
set_up
new_subject; OLD=$SUBJECT
check 'mail comes in' foreign bob@remote.lab alice@example.lab
check 'and is there' wait_for 40 read_mail alice@example.lab INBOX
check 'it is flagged' fetched INBOX 'STORE 1 +FLAGS (\Seen \Flagged)'
check 'a folder of her own' imap 'imaps://mail.example.lab/' -X 'CREATE Letters/2019'
in_vps 'printf "From: old@remote.lab\r\nTo: alice@example.lab\r\nSubject: an old letter\r\nDate: Tue, 01 Jan 2019 10:00:00 +0000\r\n\r\nDear Alice\r\n" > /root/letter
  doveadm save -u alice@example.lab -m Letters/2019 < /root/letter
  touch -d 2019-01-01T10:00:00Z /var/vmail/example.lab/alice/Maildir/.Letters.2019/*/[0-9]*'
check 'a wish of the operator'"'"'s own' in_vps 'mkdir -p /etc/mailwizard/local && echo "delay_warning_time = 3h" > /etc/mailwizard/local/main.cf && mailwizard apply --yes'
fetched INBOX 'FETCH 1 (UID FLAGS INTERNALDATE)' > "$WORK/before-inbox" 2>&1
fetched Letters/2019 'FETCH 1 (UID)' > "$WORK/before-letters" 2>&1
in_vps 'cat /var/lib/mailwizard/dkim/*/r*.key | sha256sum' > "$WORK/before-keys"
in_vps 'openssl x509 -in /etc/ssl/mailwizard/mail.example.lab/fullchain.pem -noout -serial' > "$WORK/before-certificate"

part 'the backup'
must 'mailwizard backup' with_passphrase backup $BACKUP --mail --history
expect 'it is root'"'"'s alone' '^600 root$' in_vps 'stat -c "%a %U" "$0"' $BACKUP
expect 'it says what is in it' 'mail +[0-9]+ files, .* of 1 account' with_passphrase backup $BACKUP --list
expect 'as JSON' '"hostname": "mail.example.lab"' with_passphrase backup $BACKUP --list --json
refuse 'a file that is there is not replaced' with_passphrase backup $BACKUP
refuse 'another passphrase does not open it' in_vps 'printf "five words are too many\n" | mailwizard backup --list "$0" --passphrase-file -' $BACKUP
refuse 'a short passphrase is refused' in_vps 'printf "short\n" | mailwizard backup /root/x.age --passphrase-file -'
refuse 'no password hash can be read in it' in_vps 'grep -aq SHA512 "$0"' $BACKUP
in_vps 'head -c -1 "$0" > /root/cut.age; (head -c 3000 "$0"; printf X; tail -c +3002 "$0") > /root/changed.age' $BACKUP
expect 'one that was cut off is refused' 'damaged or was cut off' with_passphrase backup /root/cut.age --list
expect 'one that was changed is refused' 'damaged' with_passphrase backup /root/changed.age --list
must 'the tool age is installed' in_vps 'apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends age'
in_vps 'age-keygen -o /root/key.txt 2>/dev/null; chmod 600 /root/key.txt'
check 'a backup for a key' in_vps 'mailwizard backup /root/for-key.age --mail --recipient "$(age-keygen -y /root/key.txt)"'
check 'our own program opens it' mw backup /root/for-key.age --list --identity /root/key.txt
expect 'the tool age opens it, and sha256sum proves it' ': OK$' in_vps 'mkdir -p /root/opened && cd /root/opened && age -d -i /root/key.txt /root/for-key.age | tar -xz && cat manifest/* | sha256sum -c && test -s etc/mailwizard/spec.toml'
expect_not 'every member of it' 'FAILED' in_vps 'cd /root/opened && cat manifest/* | sha256sum -c'
lab get vps $BACKUP "$WORK/server.age"

part "another VPS, $TO, other addresses"
export LAB_VPS4=198.51.100.20 LAB_VPS6=2001:db8:100::20
SUITE=$TO
again_vps stack
lab put vps "$WORK/server.age" $BACKUP
in_vps 'rm -rf /root/answers; (head -c 3000 "$0"; printf X; tail -c +3002 "$0") > /root/changed.age' $BACKUP
refuse 'a damaged one is refused' with_passphrase restore /root/changed.age --yes
refuse 'and nothing was written' in_vps 'test -e /var/lib/mailwizard/pending || test -e /etc/mailwizard || test -e /var/vmail'
refuse 'without a terminal it asks for --yes' with_passphrase restore $BACKUP
check 'mailwizard restore: the DNS must follow' exit_code 3 with_passphrase restore $BACKUP --yes
cp "$WORK/out" "$WORK/restored"
expect 'it names both addresses' 'was 198.51.100.10; here it is 198.51.100.20' cat "$WORK/restored"
expect 'the A record must change' '^A record of mail.example.lab' cat "$WORK/restored"
expect 'to the new address' '^198.51.100.20$' cat "$WORK/restored"
expect 'the reverse name too' 'Reverse DNS, at the hoster' cat "$WORK/restored"
expect_not 'the DKIM records stay' '_domainkey' cat "$WORK/restored"
must 'the records are published' lab publish --phase all
check 'the new address is seen' wait_for 90 client sh -c 'dig +short mail.example.lab A | grep -q 198.51.100.20'

part 'the server at its new place'
expect 'another Dovecot' '^2\.4' in_vps 'dovecot --version'
fetched INBOX 'FETCH 1 (UID FLAGS INTERNALDATE)' > "$WORK/after-inbox" 2>&1
check 'the same mail, flags, date and UID' diff "$WORK/before-inbox" "$WORK/after-inbox"
fetched Letters/2019 'FETCH 1 (UID)' > "$WORK/after-letters" 2>&1
check 'her own folder' diff "$WORK/before-letters" "$WORK/after-letters"
expect 'the old letter has its date' '01-Jan-2019' fetched Letters/2019 'FETCH 1 (INTERNALDATE)'
expect 'mail is vmail'"'"'s alone' '^vmail 600$' in_vps 'stat -c "%U %a" /var/vmail/example.lab/alice/Maildir/cur/* | sort -u'
in_vps 'cat /var/lib/mailwizard/dkim/*/r*.key | sha256sum' > "$WORK/after-keys"
check 'the same DKIM keys' diff "$WORK/before-keys" "$WORK/after-keys"
in_vps 'openssl x509 -in /etc/ssl/mailwizard/mail.example.lab/fullchain.pem -noout -serial' > "$WORK/after-certificate"
check 'the same certificate' diff "$WORK/before-certificate" "$WORK/after-certificate"
expect 'the operator'"'"'s wish holds' '^delay_warning_time = 3h' vps postconf delay_warning_time
new_subject
check 'mail goes out' submit alice@example.lab alice@example.lab bob@remote.lab
check 'the foreign server has it' wait_for 60 judged
for verdict in spf dkim dmarc; do expect "$verdict=pass" "$verdict=pass" judged; done
new_subject
check 'mail comes in' foreign bob@remote.lab alice@example.lab
check 'and is read with the old password' wait_for 60 read_mail alice@example.lab INBOX
check 'mailwizard check' mw check --skip host-clock
expect 'apply has nothing to do' 'Nothing to do' mw apply --yes
refuse 'a second restore asks for the name' with_passphrase restore $BACKUP --yes
refuse 'another name is refused' with_passphrase restore $BACKUP --yes --replace mail.other.lab
expect 'late mail is added, none is there twice' 'Mail: 0 files put in place' with_passphrase restore $BACKUP --only-mail
SUBJECT=$OLD; check 'the old mail is still there' read_mail alice@example.lab INBOX

part 'mailwizard leaves'
refuse 'it asks for --yes' mw leave
expect 'it says what ends' 'Nothing renews the certificate' in_vps 'mailwizard leave 2>&1'
check 'mailwizard leave' in_vps 'printf "%s\n" "$0" | mailwizard leave --yes --backup /root/last.age --passphrase-file -' "$PASSPHRASE"
check 'a backup was written' in_vps 'test -s /root/last.age'
refuse 'no trace is left' in_vps 'ls -d /etc/mailwizard /var/lib/mailwizard /etc/systemd/system/mailwizard-* 2>/dev/null | grep -q .'
refuse 'no timer of ours' in_vps 'systemctl list-timers --all | grep -q mailwizard'
vps rm -f /usr/local/bin/mailwizard
lab reboot vps > "$WORK/out" 2>&1
new_subject
check 'mail comes in without mailwizard' wait_for 60 foreign bob@remote.lab alice@example.lab
check 'and is read' wait_for 60 read_mail alice@example.lab INBOX
new_subject
check 'mail goes out' submit alice@example.lab alice@example.lab bob@remote.lab
check 'signed' wait_for 60 judged
expect 'dmarc=pass' 'dmarc=pass' judged
finish
