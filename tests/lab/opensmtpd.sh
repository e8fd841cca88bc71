#!/bin/bash
# shellcheck disable=SC2016
# long
# OpenSMTPD as Debian ships it, set up by hand: `check` and `probe` from elsewhere judge it as they judge Postfix.
. "$(dirname "$0")/lib.sh"
fresh_vps stack
lab put client "$PROGRAM" /usr/local/bin/mailwizard
PY='import json,sys; r=json.load(sys.stdin)'
HOST=mail.example.lab

part 'OpenSMTPD'
must 'its records' lab dns "add $HOST. 60 A 198.51.100.10" "add $HOST. 60 AAAA 2001:db8:100::10" "add example.lab. 60 MX 10 $HOST." \
  'add example.lab. 60 TXT "v=spf1 mx -all"' 'add _dmarc.example.lab. 60 TXT "v=DMARC1; p=reject"'
must 'the package' in_vps 'systemctl disable --now postfix dovecot 2>/dev/null; apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -q opensmtpd'
must 'a certificate' in_vps 'openssl req -x509 -newkey rsa:2048 -nodes -days 90 -subj /CN=$0 -addext subjectAltName=DNS:$0 -keyout /etc/ssl/private/smtpd.key -out /etc/ssl/smtpd.pem 2>&1; chmod 600 /etc/ssl/private/smtpd.key' "$HOST"
cat > "$WORK/smtpd.conf" <<EOF
pki $HOST cert "/etc/ssl/smtpd.pem"
pki $HOST key "/etc/ssl/private/smtpd.key"
table aliases file:/etc/aliases
listen on 0.0.0.0 port 25 tls pki $HOST hostname $HOST
listen on :: port 25 tls pki $HOST hostname $HOST
listen on 0.0.0.0 port 465 smtps pki $HOST auth hostname $HOST
listen on :: port 465 smtps pki $HOST auth hostname $HOST
listen on 0.0.0.0 port 587 tls-require pki $HOST auth hostname $HOST
listen on :: port 587 tls-require pki $HOST auth hostname $HOST
action "local" maildir alias <aliases>
action "out" relay
match from any for domain "example.lab" action "local"
match from any auth for any action "out"
EOF
lab put vps "$WORK/smtpd.conf" /etc/smtpd.conf
must 'its configuration' in_vps 'smtpd -n 2>&1'
must 'it runs' in_vps 'printf "postmaster: root\nabuse: root\nhostmaster: root\nwebmaster: root\n" > /etc/aliases; hostnamectl set-hostname '"$HOST"'; systemctl restart opensmtpd && sleep 1 && systemctl is-active opensmtpd'

part 'check, as its owner allows it'
client sh -c 'mailwizard check "$@" --json 2>/dev/null' check example.lab "$HOST" --intrusive "$HOST" --skip cert-trust,cert-chain > "$WORK/report.json" < /dev/null
outcome() { python3 -c "$PY; print(' '.join(sorted({x['outcome'] for x in r['results'] if x['id'] == sys.argv[1]})))" "$1" < "$WORK/report.json"; }
WITHOUT_TLS=(dns-mx spf-record-one dmarc-record smtp-greeting smtp-ehlo smtp-auth-on-25 smtp-size-8bit smtp-tls-not-required-25 smtp-vrfy-expn
  smtp-rcpt-null-sender smtp-rcpt-unknown accounts-rfc2142)
for id in "${WITHOUT_TLS[@]}"; do expect "$id" '^pass$' outcome "$id"; done
if [ "$SUITE" = bookworm ]; then
  # Debian 12's OpenSMTPD 6.8 ends every handshake with an internal error under OpenSSL 3, whatever the kind of key.
  expect 'smtp-starttls: no handshake comes to its end' '^fail$' outcome smtp-starttls
  expect 'submission-587-starttls: there neither' '^fail$' outcome submission-587-starttls
  refuse 'OpenSSL says so too' client sh -c 'echo QUIT | timeout 5 openssl s_client -starttls smtp -connect 198.51.100.10:25 -brief 2>&1'
  expect 'what TLS is needed for is skipped' '^skipped$' outcome submission-auth-before-tls
  finish
fi
for id in smtp-starttls smtp-starttls-injection smtp-relay-open \
  submission-465-implicit submission-587-starttls submission-auth-before-tls submission-required cert-served-each-port cert-name; do
  expect "$id" '^pass$' outcome "$id"
done
# It takes postmaster, but not without a domain.
expect 'smtp-rcpt-postmaster' '^info$' outcome smtp-rcpt-postmaster
expect 'tls-versions, where there is a port' '^pass( skipped)?$' outcome tls-versions
expect 'what has no port here is skipped' '^skipped$' outcome imap-993
# The client does not have the keys of the lab's root: what DNSSEC proves cannot be known there.
check 'nothing else is unknown' python3 -c 'import json,sys; r=json.load(open(sys.argv[1])); u=[(x["id"], x["subject"], x["found"]) for x in r["results"] if x["outcome"] == "unknown" and x["area"] not in ("reputation", "dane") and x["id"] != "dns-dnssec"]; print(u); sys.exit(bool(u))' "$WORK/report.json"

part 'probe'
json() { client mailwizard probe "$@" --json > "$WORK/json" 2> "$WORK/err" < /dev/null; }
says() { check "$1" python3 -c 'import json,sys; j=json.load(open(sys.argv[1])); r={x["id"]: x["outcome"] for x in j.get("results", [])}
print(json.dumps(j)[:3000]); sys.exit(0 if eval(sys.argv[2]) else 1)' "$WORK/json" "$2"; }
check 'smtp, with a certificate that nobody vouches for, which counts little at port 25' json smtp "$HOST"
says 'it is said of the certificate only' 'j["greeting"].startswith("220 mail.example.lab") and j["tls"]["verdict"] == "self-signed" and r["smtp-starttls"] == "pass" and j["error"] is None'
check 'the relay test' json smtp "$HOST" --domain example.lab --foreign mx.remote.lab
says 'relay: every way refused' 'r["smtp-relay-open"] == "pass"'
refuse 'submission' json submission "$HOST"
says 'submission: AUTH only after TLS' 'r["submission-auth-before-tls"] == "pass" and any(c.startswith("AUTH ") for c in j["capabilities"])'
refuse 'tls of 465, where it counts' json tls "$HOST:465"
says 'tls: two versions' '[v["version"] for v in j["versions"] if v["taken"]] == ["TLS 1.2", "TLS 1.3"]'
finish
