#!/bin/bash
# shellcheck disable=SC2016
# A server that somebody made by hand is adopted: old passwords log in, old mail is there, the checks are green; undo leads back; docker-mailserver's folder is read.
. "$(dirname "$0")/lib.sh"
json() { # a record sheet as `mailwizard records` prints it
  python3 - "$@" <<'P'
import json, sys
rows = [r.split(' ', 2) for r in sys.argv[1:]]
print(json.dumps({'schema': 1, 'records': [{'name': n, 'type': t, 'ttl': 60, 'data': d, 'phase': 'before'} for n, t, d in rows]}))
P
}
publish() { json "$@" | lab publish --phase all -; }
R6=0.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1.0.8.b.d.0.1.0.0.2.ip6.arpa.
fresh_vps stack
part 'a server made by hand, with its mail in a place of its own'
must 'the records are published' publish 'mail.example.lab. A 198.51.100.10' 'mail.example.lab. AAAA 2001:db8:100::10' \
  'example.lab. MX 10 mail.example.lab.' 'example.lab. TXT v=spf1 mx -all' '_dmarc.example.lab. TXT v=DMARC1; p=reject' \
  '10.100.51.198.in-addr.arpa. PTR mail.example.lab.' "$R6 PTR mail.example.lab."
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
  printf "carol@example.lab x\n" >> /etc/postfix/vmailbox
  printf "info@example.lab alice@example.lab, bob@remote.lab\n" >> /etc/postfix/virtual
  postmap /etc/postfix/vmailbox /etc/postfix/virtual
  postconf -e "delay_warning_time = 5h" "smtpd_client_restrictions = permit_mynetworks" "message_size_limit = 33000000"
  postfix reload && systemctl restart dovecot && doveconf -n | grep -q /srv/mail' "$(password bob)"
new_subject; OLD=$SUBJECT
check 'mail comes in' foreign bob@remote.lab alice@example.lab
check 'and is read' wait_for 40 read_mail alice@example.lab INBOX
check 'it is in that place' in_vps 'ls /srv/mail/example.lab/alice/Maildir/*/* | grep -q .'
in_vps 'postconf -n; doveconf -n; cd /srv/mail && find . -type f | sort; stat -c "%U %n" /srv/mail/example.lab/alice' > "$WORK/by-hand"

part 'understood'
check 'a dry run' mw adopt --dry-run
mw adopt --dry-run > "$WORK/understood" 2>&1
expect 'the domain' 'domains +example.lab' cat "$WORK/understood"
expect 'both accounts' 'accounts +alice@example.lab, carol@example.lab' cat "$WORK/understood"
expect 'the aliases' 'aliases .*info@example.lab' cat "$WORK/understood"
expect 'the DKIM key' 'mail._domainkey.example.lab' cat "$WORK/understood"
expect 'the certificate' '/etc/letsencrypt/live/mail.example.lab/fullchain.pem' cat "$WORK/understood"
expect 'the old scheme is named' 'carol@example.lab.*SSHA512' cat "$WORK/understood"
expect 'what is not carried over is named' 'smtpd_client_restrictions' cat "$WORK/understood"
refuse 'nothing was written' in_vps 'test -e /var/lib/mailwizard/pending || test -e /etc/mailwizard'
expect 'as JSON' '"accounts"' mw adopt --dry-run --json
check 'a table that cannot be listed' in_vps 'postconf -e "virtual_alias_maps = hash:/etc/postfix/virtual, mysql:/etc/postfix/none.cf"'
expect 'stops it, with the reason' "FAIL.*mysql" mw adopt --yes
in_vps 'postconf -e "virtual_alias_maps = hash:/etc/postfix/virtual" && postfix reload'

part 'adopted'
expect 'without a terminal it asks for --yes' 'give --yes' mw adopt
must 'mailwizard adopt' mw adopt --yes
cp "$WORK/out" "$WORK/adopted"
expect 'the whole configuration was copied' '/var/lib/mailwizard/before-adopt/.*tar.gz' cat "$WORK/adopted"
expect 'the copy is whole' 'etc/postfix/main.cf' in_vps 'tar -tzf /var/lib/mailwizard/before-adopt/*.tar.gz'
SUBJECT=$OLD; check 'the old mail is there, with the old password' wait_for 20 read_mail alice@example.lab INBOX
expect 'where mailwizard keeps it' '^vmail$' in_vps 'stat -c %U /var/vmail/example.lab/alice/Maildir'
check 'the account in the old scheme logs in' client curl -sS --cacert "$TRUST" -u "carol@example.lab:$(password bob)" imaps://mail.example.lab/INBOX -X NOOP
expect 'the operator'"'"'s setting holds' '= 5h$' vps postconf delay_warning_time
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
check 'mailwizard check' mw check --skip host-clock,dns-resolver
expect 'apply has nothing to do' 'Nothing to do' mw apply --yes
expect 'a second adoption is refused' 'already' mw adopt --yes

part 'undone'
check 'mailwizard undo' mw undo
in_vps 'postconf -n; doveconf -n; cd /srv/mail && find . -type f | sort; stat -c "%U %n" /srv/mail/example.lab/alice' > "$WORK/after"
expect 'the mail is back in its place, with what came meanwhile' '^2$' in_vps 'ls /srv/mail/example.lab/alice/Maildir/*/[0-9]* | wc -l'
expect 'and with its owner' '^virtual$' in_vps 'stat -c %U /srv/mail/example.lab/alice/Maildir'
check 'Postfix and Dovecot are set as before' sh -c 'diff <(grep -v "^./" "$0" | grep -v "^# ") <(grep -v "^./" "$1" | grep -v "^# ")' "$WORK/by-hand" "$WORK/after"
SUBJECT=$OLD; check 'the server by hand serves it' wait_for 30 read_mail alice@example.lab INBOX

part 'the config folder of a docker-mailserver'
in_vps 'mkdir -p /srv/dms/opendkim/keys/example.lab && cd /srv/dms
  printf "alice@example.lab|%s\n" "$(doveadm pw -s SHA512-CRYPT -p x)" > postfix-accounts.cf
  printf "info@example.lab alice@example.lab\n" > postfix-virtual.cf; printf "alice@example.lab:2G\n" > dovecot-quotas.cf
  openssl genrsa -traditional -out opendkim/keys/example.lab/mail.private 2048
  printf "mail._domainkey.example.lab example.lab:mail:/etc/opendkim/keys/example.lab/mail.private\n" > opendkim/KeyTable'
expect 'accounts, aliases, quota and key' '"quota": ?"2G"' mw adopt --docker-mailserver /srv/dms --dry-run --json
expect 'with its key' 'opendkim/keys/example.lab/mail.private' mw adopt --docker-mailserver /srv/dms --dry-run --json
refuse 'a folder that is none' mw adopt --docker-mailserver /srv/none --dry-run
finish
