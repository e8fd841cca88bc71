#!/bin/bash
# Every probe speaks with the real daemons: what they offer, what they refuse, and no password where it does not belong.
# usually: trixie
. "$(dirname "$0")/lib.sh"
fresh_vps stack

# A probe of a client elsewhere; its JSON is kept in $WORK/json.
lab put client "$PROGRAM" /usr/local/bin/mailwizard
client mkdir -p /root/pw
lab put client "$ROOT/tests/lab/answers/alice.pw" /root/pw/alice
printf 'wrong-password\n' > "$WORK/wrong"
lab put client "$WORK/wrong" /root/pw/wrong
probe() { client mailwizard probe "$@"; }
json() { probe "$@" --json > "$WORK/json" 2> "$WORK/err" < /dev/null; }
# says NAME PYTHON-EXPRESSION over j: what the JSON of the last probe holds
says() { check "$1" python3 -c 'import json,sys; j=json.load(open(sys.argv[1])); r={x["id"]: x["outcome"] for x in j.get("results", [])}
print(json.dumps(j)[:3000]); sys.exit(0 if eval(sys.argv[2]) else 1)' "$WORK/json" "$2"; }
CA=(--ca-file "$TRUST")

part 'Dovecot as the distribution ships it: POP3, ManageSieve, a certificate that nobody vouches for'
check 'Dovecot gets POP3' in_vps 'apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends dovecot-pop3d'
for daemon in dovecot postfix; do check "$daemon runs" in_vps "systemctl start $daemon"; done
refuse 'pop3' json pop3 198.51.100.10 --starttls --name mail.example.lab
says 'pop3: capabilities before and after STLS' '"STLS" in j["capabilities_before_tls"] and "UIDL" in j["capabilities"] and j["error"] is None'
says 'pop3: the certificate has its own verdict' 'r["cert-trust"] == "fail" and j["tls"]["version"] == "TLS 1.3"'
refuse 'pop3 with TLS from the first byte' json pop3 198.51.100.10 --name mail.example.lab
says 'pop3: the same' '"UIDL" in j["capabilities"] and j["error"] is None'
refuse 'sieve' json sieve 198.51.100.10 --name mail.example.lab
says 'sieve: capabilities before and after STARTTLS' 'any(c.startswith("SIEVE ") for c in j["capabilities"]) and any(c.startswith("SASL PLAIN") for c in j["capabilities"]) and any(c == "STARTTLS" for c in j["capabilities_before_tls"])'
refuse 'imap on 143' json imap 198.51.100.10 --starttls --name mail.example.lab
says 'imap: no login before TLS' '"LOGINDISABLED" in j["capabilities_before_tls"] and r["imap-143-starttls"] == "pass"'

part 'the mail server that mailwizard made, by each protocol'
set_up
check 'smtp' json smtp mail.example.lab "${CA[@]}"
says 'smtp: STARTTLS, a trusted chain, no AUTH' 'j["greeting"].startswith("220 mail.example.lab") and j["tls"]["version"] == "TLS 1.3" and j["tls"]["verdict"] == "trusted" and r["smtp-starttls"] == "pass" and r["smtp-auth-on-25"] == "pass" and any("EHLO" in l for l in j["transcript"])'
check 'submission' json submission mail.example.lab "${CA[@]}" --user alice@example.lab --password-file /root/pw/alice
says 'submission: AUTH only after TLS, and the password is taken' 'r["submission-auth-before-tls"] == "pass" and r["submission-auth-ok"] == "pass" and any(c.startswith("AUTH ") for c in j["capabilities"])'
check 'no transcript holds the password' sh -c '! grep -qF -e "$0" -e "$1" "$2" "$3"' "$(password alice)" "$(printf '\0alice@example.lab\0%s' "$(password alice)" | base64)" "$WORK/json" "$WORK/err"
check 'submission with TLS from the first byte' json submission mail.example.lab --tls "${CA[@]}"
refuse 'a wrong password' json imap mail.example.lab "${CA[@]}" --user alice@example.lab --password-file /root/pw/wrong
says 'imap: the refusal is a verdict' 'r["imap-993"] == "fail" and j["error"] is None'
check 'imap' json imap mail.example.lab "${CA[@]}" --user alice@example.lab --password-file /root/pw/alice
says 'imap: a trusted chain and a login' 'r["imap-993"] == "pass" and "IMAP4REV1" in j["capabilities"] and j["tls"]["verdict"] == "trusted"'
refuse 'no password goes over a connection that is not trusted' json imap mail.example.lab --user alice@example.lab --password-file /root/pw/alice
says 'imap: and the reason is told' '"no password is sent" in j["error"] and r["cert-trust"] == "fail"'
refuse 'a wrong name is no right one' json imap mail.example.lab "${CA[@]}" --name other.example.lab
says 'imap: the name is the fault' 'j["tls"]["verdict"] == "wrong-name" and r["cert-name"] == "fail" and r["cert-trust"] == "pass"'
refuse 'a port that is closed' json pop3 mail.example.lab
says 'pop3: refused, and said so' '"refused" in j["error"]'
refuse 'ManageSieve is off' json sieve mail.example.lab
check 'tls of 465' json tls mail.example.lab:465 "${CA[@]}"
says 'tls: two versions, nothing weak, the same without SNI' '[v["version"] for v in j["versions"] if v["taken"]] == ["TLS 1.2", "TLS 1.3"] and r["tls-versions"] == "pass" and r["tls-ciphers"] in ("pass", "warn") and r["cert-served-each-port"] == "pass"'
check 'tls of 25, behind STARTTLS' json tls mail.example.lab:25 "${CA[@]}"
says 'tls: TLS 1.2 and 1.3 behind STARTTLS too' '{"TLS 1.2", "TLS 1.3"} <= {v["version"] for v in j["versions"] if v["taken"]}'
check 'the relay test' json smtp mail.example.lab "${CA[@]}" --domain example.lab --foreign mx.remote.lab
says 'relay: every way refused' 'r["smtp-relay-open"] == "pass" and len([x for x in j["results"] if x["id"] == "smtp-relay-open"][0]["evidence"]) == 22'

part 'certificates that no client should take, from openssl s_server'
lab put client "$ROOT/src/probe/test_certificates/root.pem" /root/root.pem
for kind in v1 rsa1024 sha1 leaf; do lab put client "$ROOT/src/probe/test_certificates/$kind.pem" "/root/$kind.pem"; done
lab put client "$ROOT/src/probe/test_certificates/int.pem" /root/int.pem
lab put client "$ROOT/src/probe/test_certificates/leaf.key" /root/leaf.key
lab put client "$ROOT/src/probe/test_certificates/rsa1024.key" /root/rsa1024.key
serve() { # PORT CERT KEY [ARGUMENT…]
  local port=$1 cert=$2 key=$3; shift 3
  client systemd-run -q --collect openssl s_server -www -accept "$port" -cert "/root/$cert.pem" -key "/root/$key.key" -cipher DEFAULT:@SECLEVEL=0 "$@"
  wait_for 5 client bash -c "</dev/tcp/127.0.0.1/$port"
}
bad_certificate() { # PORT VERDICT
  refuse "a certificate with $2" json tls "127.0.0.1:$1" --name mail.example.org --ca-file /root/root.pem --no-versions
  says "its verdict is $2" "j['tls'] is not None and '$2' in [f['id'] for f in j['tls']['faults']]"
}
serve 4401 v1 leaf -cert_chain /root/int.pem; bad_certificate 4401 x509-v1
serve 4402 rsa1024 rsa1024 -cert_chain /root/int.pem; bad_certificate 4402 short-key
serve 4403 sha1 leaf -cert_chain /root/int.pem; bad_certificate 4403 weak-signature
serve 4404 leaf leaf; bad_certificate 4404 missing-intermediate
serve 4405 leaf leaf -cert_chain /root/int.pem -tls1_1
refuse 'a server of TLS 1.1 only' json tls 127.0.0.1:4405 --name mail.example.org --ca-file /root/root.pem
says 'it is said so' '"neither TLS 1.2 nor TLS 1.3" in j["error"]'
says 'and TLS 1.1 is found by hand' '[v["version"] for v in j["versions"] if v["taken"]] == ["TLS 1.1"] and r["tls-versions"] == "fail"'

part 'DNS, SPF, DKIM, DMARC'
check 'dns at every authoritative server' json dns example.lab MX --authoritative
says 'dns: both name servers agree' 'len([a for a in j["answers"] if a["data"] == ["10 mail.example.lab."] and a["serial"]]) >= 2 and j["zone"] == "example.lab."'
check 'dns: a PTR by address' json dns 198.51.100.10 PTR
says 'dns: the name' 'j["answers"][0]["data"] == ["mail.example.lab."]'
check 'spf: the server itself passes' json spf --ip 198.51.100.10 --helo mail.example.lab --sender alice@example.lab
says 'spf: pass, counted' 'j["result"] == "pass" and j["lookups"] <= 2 and j["void_lookups"] == 0 and j["mechanism"]'
refuse 'spf: a stranger does not' json spf --ip 198.19.99.66 --helo spammer.dnshost.lab --sender alice@example.lab
says 'spf: fail or softfail' 'j["result"] in ("fail", "softfail") and j["mechanism"].endswith("all")'
check 'dmarc' json dmarc example.lab
says 'dmarc: the policy and its place' 'j["location"] == "_dmarc.example.lab" and j["policy"] in ("none", "quarantine", "reject") and not j["errors"]'
check 'dmarc of a name below' json dmarc news.example.lab
says 'dmarc: inherited' 'j["location"] == "_dmarc.example.lab"'
new_subject
check 'a message to the foreign server' submit alice@example.lab alice@example.lab bob@remote.lab
check 'it arrives' wait_for 60 judged
judged > "$WORK/message" 2>/dev/null < /dev/null
lab put client "$WORK/message" /root/message.eml
check 'dkim: the signatures of our server' json dkim --message /root/message.eml
says 'dkim: one pass at least, of our domain' 'any(s["result"] == "pass" and s["domain"] == "example.lab" for s in j["signatures"])'
sed 's/^Subject: /Subject: changed /' "$WORK/message" > "$WORK/changed"
lab put client "$WORK/changed" /root/changed.eml
refuse 'dkim: a changed message' json dkim --message /root/changed.eml
says 'dkim: and why' 'all(s["result"] == "fail" for s in j["signatures"])'
finish
