#!/bin/bash
# shellcheck disable=SC2016
# A server that somebody made by hand is adopted: old passwords log in, old mail and scripts are there, the checks are green; a failure and undo lead back; so is one from the folders of a docker-mailserver.
# usually: trixie
. "$(dirname "$0")/lib.sh"
fresh_vps stack
part 'a server made by hand, with its mail in a place of its own'
must 'the records are published' publish_by_hand
must 'certbot is installed' in_vps 'apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends certbot'
lab put vps "$ROOT/tests/lab/by-hand/native.sh" /root/native.sh
must 'the server is made' vps sh /root/native.sh example.lab mail.example.lab alice "$(password alice)"
dkim=$(sed -n 's/^DKIM //p' "$WORK/out")
must 'its key is published' publish "mail._domainkey.example.lab. TXT $dkim"
# Another owner and another place; a second account in an old scheme; settings of the operator's.
must 'it is made peculiar' in_vps '
  useradd -r -u 4000 -d /srv/mail -m -s /usr/sbin/nologin virtual
  sed -i "s,/var/vmail,/srv/mail,; s/= vmail/= virtual/; s/uid=vmail gid=vmail/uid=virtual gid=virtual/; s/first_valid_uid = 5000/first_valid_uid = 4000/" /etc/dovecot/local.conf
  printf "carol@example.lab:{SSHA512}%s::::::\n" "$(doveadm pw -s SSHA512 -p "$0" | sed "s/^{SSHA512}//")" >> /etc/dovecot/users
  printf "dave@example.lab:!::::::\n" >> /etc/dovecot/users
  printf "carol@example.lab x\ndave@example.lab x\n" >> /etc/postfix/vmailbox
  printf "info@example.lab alice@example.lab, bob@remote.lab\n" >> /etc/postfix/virtual
  postmap /etc/postfix/vmailbox /etc/postfix/virtual
  postconf -e "delay_warning_time = 5h" "smtpd_client_restrictions = permit_mynetworks" "message_size_limit = 33000000"
  postfix reload && systemctl restart dovecot && doveconf -n | grep -q /srv/mail' "$(password bob)"
new_subject; OLD=$SUBJECT
check 'mail comes in' foreign bob@remote.lab alice@example.lab
check 'and is read' wait_for 40 read_mail alice@example.lab INBOX
check 'she has a script and a folder' in_vps 'doveadm mailbox create -u alice@example.lab Lists.news && cd /srv/mail/example.lab/alice &&
  printf "require \"fileinto\"; if header :contains \"X-List\" \"news\" { fileinto \"Lists.news\"; }\n" > .dovecot.sieve && chown virtual: .dovecot.sieve'
check 'it is in that place' in_vps 'ls /srv/mail/example.lab/alice/Maildir/*/* | grep -q .'
by_hand() { in_vps 'postconf -n; postconf -M; doveconf -n | grep -v "^#"; cat /etc/dovecot/users /etc/postfix/virtual /etc/hosts; hostname; stat -c "%U %G %a %n" /srv/mail/example.lab/alice/Maildir'; }
by_hand > "$WORK/by-hand"

part 'understood'
check 'a dry run' mw adopt --dry-run
mw adopt --dry-run > "$WORK/understood" 2>&1
expect 'the domain' 'domains +example.lab' cat "$WORK/understood"
expect 'the accounts' 'accounts +alice@example.lab, carol@example.lab, dave@example.lab' cat "$WORK/understood"
expect 'the one that nobody can log in to' 'dave@example.lab.*no password' cat "$WORK/understood"
expect 'the aliases' 'aliases .*info@example.lab' cat "$WORK/understood"
expect 'the DKIM key' 'mail._domainkey.example.lab' cat "$WORK/understood"
expect 'the certificate' '/etc/letsencrypt/live/mail.example.lab/fullchain.pem' cat "$WORK/understood"
expect 'the old scheme is named' 'carol@example.lab.*SSHA512' cat "$WORK/understood"
expect 'what is not carried over is named' 'smtpd_client_restrictions' cat "$WORK/understood"
expect 'the mail that goes elsewhere' 'mail in /srv/mail/example.lab/alice: to /var/vmail/example.lab/alice' cat "$WORK/understood"
refuse 'nothing was written' in_vps 'test -e /var/lib/mailwizard/pending || test -e /etc/mailwizard || test -e /etc/dovecot/local.d'
expect 'as JSON' '"accounts"' mw adopt --dry-run --json
check 'a table that cannot be listed' in_vps 'postconf -e "virtual_alias_maps = hash:/etc/postfix/virtual, mysql:/etc/postfix/none.cf"'
expect 'stops it, with the reason' "FAIL.*mysql" mw adopt --yes
in_vps 'postconf -e "virtual_alias_maps = hash:/etc/postfix/virtual" && postfix reload'

expect 'without a terminal it asks for --yes' 'give --yes' mw adopt

part 'a daemon refuses: the server by hand goes on'
# Postfix's checker does not look who holds a port; its master process does.
in_vps 'nohup perl -MIO::Socket::INET -e "\$s = IO::Socket::INET->new(LocalPort => 2525, Listen => 5) or die; sleep 900" > /dev/null 2>&1 & echo $! > /run/holder'
wait_for 5 in_vps 'ss -ltn | grep -q ":2525 "'
in_vps 'mkdir -p /etc/mailwizard/local && printf "2525 inet n - y - - smtpd\n" > /etc/mailwizard/local/master.cf'
mw adopt --yes > "$WORK/said" 2>&1 < /dev/null; rc=$?
said() { tr -s ' \n' ' ' < "$WORK/said"; }
check 'it ends with 1' test "$rc" = 1
expect "the daemon's own words are shown" 'Address already in use' said
expect 'and what was done about it' '(1 file is as it was|[0-9]+ files are as they were) before, and .*postfix.* runs with them again' said
by_hand > "$WORK/after"
check 'everything is set as before, and the mail is in its place' diff "$WORK/by-hand" "$WORK/after"
SUBJECT=$OLD; check 'and is served' wait_for 30 read_mail alice@example.lab INBOX
in_vps 'rm /etc/mailwizard/local/master.cf; kill "$(cat /run/holder)"'
check 'mailwizard undo' mw undo

part 'adopted'
must 'mailwizard adopt' mw adopt --yes
cp "$WORK/out" "$WORK/adopted"
expect 'the whole configuration was copied' '/var/lib/mailwizard/before-adopt/.*tar.gz' cat "$WORK/adopted"
expect 'the copy is whole' 'etc/postfix/main.cf' in_vps 'tar -tzf "$(ls /var/lib/mailwizard/before-adopt/*.tar.gz | tail -n 1)"'
SUBJECT=$OLD; check 'the old mail is there, with the old password' wait_for 20 read_mail alice@example.lab INBOX
expect 'where mailwizard keeps it' '^vmail$' in_vps 'stat -c %U /var/vmail/example.lab/alice/Maildir'
check 'the account in the old scheme logs in' client curl -sS --cacert "$TRUST" -u "carol@example.lab:$(password bob)" imaps://mail.example.lab/INBOX -X NOOP
expect 'the operator'"'"'s setting holds' '= 5h$' vps postconf delay_warning_time
expect 'who could not log in cannot' 'disabled = true' in_vps 'grep -A9 dave@ /etc/mailwizard/spec.toml'
expect 'the size of messages' '= 33000000$' vps postconf message_size_limit
expect 'the published key signs on' '^mail$' in_vps 'ls /var/lib/mailwizard/dkim/example.lab | sed -n "s/^\(mail\).key$/\1/p"'
expect 'the certificate is certbot'"'"'s' '^method = "existing"' vps cat /etc/mailwizard/spec.toml
check 'the new records are published' lab publish --phase all
new_subject
check 'mail goes out' submit alice@example.lab alice@example.lab bob@remote.lab
check 'the foreign server has it' wait_for 60 judged
for verdict in spf dkim dmarc; do expect "$verdict=pass" "$verdict=pass" judged; done
expect 'signed with the old key' 's=mail' judged
new_subject
check 'mail comes in by the alias' foreign bob@remote.lab info@example.lab
check 'and is read' wait_for 60 read_mail alice@example.lab INBOX
new_subject
check 'mail for her script comes in' foreign bob@remote.lab alice@example.lab --header 'X-List: news'
check 'it is filed where it says' wait_for 60 read_mail alice@example.lab Lists.news
LISTED=$SUBJECT
check 'mailwizard check' mw check --skip host-clock
expect 'apply has nothing to do' 'Nothing to do' mw apply --yes
expect 'a second adoption is refused' 'already' mw adopt --yes

part 'undone'
check 'mailwizard undo' mw undo
by_hand > "$WORK/after"
check 'everything is set as before, and the mail is in its place' diff "$WORK/by-hand" "$WORK/after"
SUBJECT=$OLD; check 'the server by hand serves it' wait_for 30 read_mail alice@example.lab INBOX
SUBJECT=$LISTED; check 'and what came meanwhile' wait_for 30 read_mail alice@example.lab Lists.news
new_subject
check 'and takes more' foreign bob@remote.lab alice@example.lab
check 'which is read' wait_for 60 read_mail alice@example.lab INBOX
expect 'what was undone can be done again' 'is set up' mw apply --again "$(mw history | sed -n 's/^\([0-9TZ-]*\) .*undone.*/\1/p' | head -n 1)" --yes
check 'the mail goes along' wait_for 30 read_mail alice@example.lab INBOX

part 'the folders of a docker-mailserver'
again_vps stack
in_vps 'mkdir -p /srv/dms/config/opendkim/keys/example.lab /srv/dms/mail/example.lab/alice/cur /srv/dms/mail/example.lab/alice/new /srv/dms/mail/example.lab/alice/tmp /srv/dms/mail/example.lab/alice/home && cd /srv/dms/config
  printf "alice@example.lab|%s\n" "$(doveadm pw -s SHA512-CRYPT -p "$0")" > postfix-accounts.cf
  printf "info@example.lab alice@example.lab\n" > postfix-virtual.cf; printf "alice@example.lab:2G\n" > dovecot-quotas.cf
  openssl genrsa -traditional -out opendkim/keys/example.lab/mail.private 2048 2>/dev/null
  printf "mail._domainkey.example.lab example.lab:mail:/etc/opendkim/keys/example.lab/mail.private\n" > opendkim/KeyTable
  printf "From: old@remote.lab\r\nTo: alice@example.lab\r\nSubject: an old letter\r\n\r\nDear Alice\r\n" > /srv/dms/mail/example.lab/alice/cur/1546336800.M1P1.old:2,S
  printf "keep;\n" > /srv/dms/mail/example.lab/alice/home/.dovecot.sieve; chown -R 5000:5000 /srv/dms/mail' "$(password alice)"
dms() { mw adopt --docker-mailserver /srv/dms/config "$@"; }
expect 'without the mail it stops' 'give that folder with --mail' dms --dry-run
expect 'accounts, aliases, quota and key' '"quota": ?"2G"' dms --dry-run --json
expect 'with its key' 'opendkim/keys/example.lab/mail.private' dms --dry-run --json
refuse 'a folder that is none' mw adopt --docker-mailserver /srv/none --dry-run
adopted_dms() { local rc=0; dms --mail /srv/dms/mail --hostname mail.example.lab --yes || rc=$?; { [ "$rc" = 0 ] || [ "$rc" = 3 ]; } && vps test -e /etc/mailwizard/spec.toml; }   # 3: the records are not there yet
must 'mailwizard adopt' adopted_dms
letter() { client curl -sSkf -u "alice@example.lab:$(password alice)" 'imaps://mail.example.lab/INBOX;MAILINDEX=1'; }
check 'the old password logs in' wait_for 30 letter
expect 'and opens the old mail' 'Dear Alice' letter
check 'her script is where it is looked for' in_vps 'test -e /var/vmail/example.lab/alice/.dovecot.sieve'
expect 'her quota holds' 'quota_mb = 2048' vps cat /etc/mailwizard/spec.toml
expect 'its key signs' '^mail$' in_vps 'ls /var/lib/mailwizard/dkim/example.lab | sed -n "s/^\(mail\).key$/\1/p"'
check 'mailwizard undo' mw undo
expect 'the mail is back for the container' '^5000 ' in_vps 'stat -c "%u %n" /srv/dms/mail/example.lab/alice/cur/*'
finish
