#!/bin/bash
# A server made by hand sends and receives: the lab itself works, whatever mailwizard does.
# long
. "$(dirname "$0")/lib.sh"
PROGRAM=/bin/true
fresh_vps stack
must 'the records are published' publish_by_hand
must 'certbot is installed' in_vps 'apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends certbot'
lab put vps "$ROOT/tests/lab/by-hand/native.sh" /root/native.sh
must 'the server is made' vps sh /root/native.sh example.lab mail.example.lab alice "$(password alice)"
dkim=$(sed -n 's/^DKIM //p' "$WORK/out") tlsa=$(sed -n 's/^TLSA //p' "$WORK/out")
must 'its keys are published' publish "mail._domainkey.example.lab. TXT $dkim" "_25._tcp.mail.example.lab. TLSA $tlsa"
sleep 2
new_subject
check 'submission' submit alice@example.lab alice@example.lab bob@remote.lab
check 'the foreign server has it' wait_for 40 judged
for verdict in spf dkim dmarc; do expect "$verdict=pass" "$verdict=pass" judged; done
new_subject
check 'foreign mail is sent' foreign bob@remote.lab alice@example.lab
check 'and read by IMAP' wait_for 40 read_mail alice@example.lab INBOX
expect 'DANE matched' 'Verified TLS connection established to mail.example.lab' remote cat /var/log/mail.log
expect 'a forgery is refused' 'rejected by DMARC policy' spammer --server mx.remote.lab --from alice@example.lab --to bob@remote.lab
check 'a blocked port 25' lab port25 blocked
refuse 'mail cannot leave' vps timeout 3 bash -c '</dev/tcp/198.19.25.10/25'
check 'an open port 25' lab port25 open
check 'mail can leave' vps timeout 3 bash -c '</dev/tcp/198.19.25.10/25'
finish
