#!/bin/bash
# shellcheck disable=SC2016
# A year in a server's life: set up on Debian 12, two more domains, 200 accounts, a hand edit, DKIM keys and certificates renewed, moved to Debian 13, a bad change undone; mail and all checks after each chapter.
# suites: bookworm
# long
. "$(dirname "$0")/lib.sh"
PASSPHRASE='four words are enough'
with_passphrase() { in_vps 'printf "%s\n" "$0" | mailwizard "$@"' "$PASSPHRASE" "$@" --passphrase-file -; }
as_far_as_can_be() { local rc=0; "$@" || rc=$?; [ "$rc" = 0 ] || [ "$rc" = 3 ]; }   # 3: the operator must act first
# Mail in both directions, judged by the other side, and every check.
chapter_ends() {
  new_subject
  check 'mail goes out' submit alice@example.lab alice@example.lab bob@remote.lab
  check 'and arrives' wait_for 60 judged
  for verdict in spf dkim dmarc; do expect "$verdict=pass" "$verdict=pass" judged; done
  new_subject
  check 'mail comes in' foreign bob@remote.lab alice@example.lab
  check 'and is read' wait_for 60 read_mail alice@example.lab INBOX
  check 'every check is well' wait_for 60 mw check --skip host-clock
}
add_domain() { # NAME ACCOUNT
  check "$1 is added" as_far_as_can_be mw domain add "$1" --account "$2" --new --yes
  check "its records are published" lab publish --phase all
  check "the MX of $1 is seen" wait_for 60 client sh -c 'dig +short "$0" MX | grep -q mail.example.lab' "$1"
  new_subject
  check "mail for $2" foreign bob@remote.lab "$2"
  check 'is delivered' wait_for 60 in_vps 'grep -rqlF "Subject: $0" "/var/vmail/$1"' "$SUBJECT" "$1"
}

part 'January: set up'
fresh_vps
set_up /root/answers/year.toml
chapter_ends

part 'February: a second and a third domain'
add_domain second.lab bob@second.lab
add_domain third.lab carol@third.lab
chapter_ends

part 'March: 200 accounts from a file'
in_vps '(for n in $(seq 200); do echo "user$n@second.lab,User $n,a-password-of-$n"; done) > /root/new.csv'
begin=$SECONDS
check 'they are imported' mw account import /root/new.csv --yes
part "200 accounts took $((SECONDS - begin)) s"
expect 'all of them are there' '^200$' in_vps 'mailwizard account list second.lab | grep -c "^user[0-9]*@second.lab "'
check 'one of them logs in' client curl -sS --cacert "$TRUST" -u 'user177@second.lab:a-password-of-177' imaps://mail.example.lab/
expect 'the history says so' '200 accounts added' mw history
chapter_ends

part 'April: a hand edit'
in_vps 'printf "delay_warning_time = 1h\n" >> /etc/postfix/main.cf'
check 'it is kept' mw apply --yes --edited keep
check 'through a later change' mw alias add sales@example.lab alice@example.lab --yes
expect 'it is still there' '^1h$' vps postconf -h delay_warning_time
check 'Postfix takes it up' vps systemctl reload postfix
chapter_ends

part 'May: other DKIM keys'
before=$(in_vps 'ls /var/lib/mailwizard/dkim/example.lab | sort | tr "\n" " "')
check 'new keys are made, the old ones sign on' as_far_as_can_be mw dkim rotate example.lab --yes
check 'their records are published' lab publish --phase all
sleep 5
check 'signing switches' as_far_as_can_be mw dkim rotate example.lab --yes
expect_not 'there are other keys' "^$before$" in_vps 'ls /var/lib/mailwizard/dkim/example.lab | sort | tr "\n" " "'
chapter_ends
expect 'the mail that came was signed with the new key' 'header.s=' sh -c '"$0" exec remote sh -c "cat /home/inbox/Maildir/new/* | grep -o \"header.s=[a-z0-9]*\" | tail -n 1"' "$ROOT/scripts/lab"

part 'June to October: the certificate is renewed'
serial() { in_vps 'openssl x509 -noout -serial -in /etc/ssl/mailwizard/mail.example.lab/fullchain.pem'; }
check 'certificates live for a minute' lab cert-lifetime 60
check 'one of those' mw cert issue
for month in July August September; do
  before=$(serial)
  sleep 42
  check "$month: the timer's unit renews" vps systemctl start mailwizard-renew.service
  check "$month: another certificate is in place" test "$before" != "$(serial)"
  expect "$month: it is served" "$(serial | sed 's/serial=//')" client sh -c 'openssl s_client -connect mail.example.lab:993 < /dev/null 2>/dev/null | openssl x509 -noout -serial'
done
check 'certificates live for months again' lab cert-lifetime default
check 'and one of those' mw cert issue
chapter_ends

part 'November: a bad change, undone'
in_vps 'cp /etc/mailwizard/spec.toml /root/bad.toml; sed -i "/^\[protection\]/,/^$/d" /root/bad.toml; printf "\n[protection]\nmessage_size_mb = 1\n\n" >> /root/bad.toml'
check 'messages of at most 1 MB' as_far_as_can_be mw apply --answers /root/bad.toml --edited /etc/postfix/main.cf=merge --yes
expect 'it holds' '^1000000$' vps postconf -h message_size_limit
check 'undo' mw undo
expect 'the limit is the old one' '^50000000$' vps postconf -h message_size_limit
chapter_ends

part 'December: it moves to Debian 13'
mails() { in_vps 'cd /var/vmail/example.lab/alice/Maildir && grep -h "^Subject: " new/* cur/* | sort'; }
mails > "$WORK/mails"
must 'a backup, with the mail' with_passphrase backup /root/server.age --mail
lab get vps /root/server.age "$WORK/server.age"
SUITE=trixie
again_vps
lab put vps "$WORK/server.age" /root/server.age
must 'it is restored on the new one' as_far_as_can_be with_passphrase restore /root/server.age --yes
expect 'which is another Debian' '^13' vps cat /etc/debian_version
expect 'with another Dovecot' '^2\.4' in_vps 'dovecot --version'
mails > "$WORK/mails.now"
check 'all mail is there' diff "$WORK/mails" "$WORK/mails.now"
expect 'all accounts are there' '^200$' in_vps 'mailwizard account list second.lab | grep -c "^user[0-9]*@second.lab "'
check 'one of them logs in with the old password' client curl -sS --cacert "$TRUST" -u 'user177@second.lab:a-password-of-177' imaps://mail.example.lab/
chapter_ends
finish
