#!/bin/bash
# shellcheck disable=SC2016
# long
# The host gets another name: a certificate for it by the same ACME account, served everywhere; the records that must change are shown; undo leads back.
. "$(dirname "$0")/lib.sh"
fresh_vps stack
set_up
ANSWERS=/root/answers/basic.toml
account() { in_vps 'sha256sum < /var/lib/mailwizard/acme-account.json'; }
served() { client sh -c 'openssl s_client -connect "$0:993" -servername "$1" < /dev/null 2>/dev/null | openssl x509 -noout -ext subjectAltName 2>/dev/null' "$1" "$2"; }
apply() { local rc=0; mw apply --answers "$ANSWERS" --yes || rc=$?; [ "$rc" = 0 ] || [ "$rc" = 3 ]; }

part 'a certificate whose records are published'
before=$(account)
tlsa=$(in_vps 'openssl x509 -in /etc/ssl/mailwizard/mail.example.lab/fullchain.pem -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum | cut -c1-64')
check 'a TLSA record about its key' lab dns "add _25._tcp.mail.example.lab. 60 TLSA 3 1 1 $tlsa"
sleep 3
expect 'another key is put in place' 'is in place' mw cert issue
expect 'and the record that must change is shown' '^ +3 1 1 [0-9a-f]{64}$' mw cert issue
check 'by the same account' test "$before" = "$(account)"

part 'another host name'
check 'its address is published' lab dns 'add mx.example.lab. 60 A 198.51.100.10' 'add mx.example.lab. 60 AAAA 2001:db8:100::10'
in_vps 'sed -i "s/^hostname = .*/hostname = \"mx.example.lab\"/" /root/answers/basic.toml'
expect 'the plan names the certificate' 'certificate for mx\.example\.lab' mw plan --answers "$ANSWERS"
sleep 2
check 'apply' apply
expect 'the new name is served' 'DNS:mx\.example\.lab' served mx.example.lab mx.example.lab
check 'by the same account' test "$before" = "$(account)"
expect 'the MX that must change is shown' 'example\.lab.*MX +10 mx\.example\.lab\.' mw records --format zone
expect 'and the reverse name' 'PTR +mx\.example\.lab\.' mw records --format zone
check 'the operator publishes what is shown' lab publish --phase all
settle
expect 'no MX names the old one' '^10 mx\.example\.lab\.$' client dig +short example.lab MX
expect_not 'anywhere' 'mail\.example\.lab' client dig +short second.lab MX
new_subject
check 'mail goes out under it' submit alice@example.lab alice@example.lab bob@remote.lab
check 'and arrives' wait_for 40 judged
expect 'dmarc=pass' 'dmarc=pass' judged
check 'cert status is content' mw cert status
expect 'the renewal timer is for it' 'next renewal|renewed|renewal' mw cert status

part 'and back'
check 'undo' mw undo
expect 'the old name is served again' 'DNS:mail\.example\.lab' served mail.example.lab mail.example.lab
check 'by the same account' test "$before" = "$(account)"
finish
