#!/bin/bash
# shellcheck disable=SC2016
# The hoster blocks port 25: a relay with a login is offered, mail leaves through it by 587 and 465, its SPF is merged, its password is seen nowhere.
# long
. "$(dirname "$0")/lib.sh"
CANARY=canary-Relay-81f3c2
fresh_vps stack
relay_up() { printf %s "$CANARY" | client sh /root/relay-host.sh; }
lab put client "$ROOT/tests/lab/relay/host.sh" /root/relay-host.sh
must 'a relay with logins is up' relay_up
lab dns 'add relay.dnshost.lab. 60 A 198.19.99.66' 'add _spf.dnshost.lab. 60 TXT "v=spf1 ip4:198.19.99.66 -all"' > "$WORK/out" 2>&1
lab dns 'del 66.99.19.198.in-addr.arpa. PTR' 'add 66.99.19.198.in-addr.arpa. 60 PTR relay.dnshost.lab.' > "$WORK/out" 2>&1
lab dns 'add example.lab. 60 TXT "v=spf1 include:remote.lab ~all"' > "$WORK/out" 2>&1
lab port25 blocked
( . "$ROOT/scripts/common.sh"; put_draft )

part 'asked by plain lines'
operator() ( cd "$ROOT" && timeout 300 python3 tests/lab/plain/operator.py tests/lab/relay/rules scripts/lab exec vps mailwizard setup --plain )
said=$WORK/said
operator > "$said" 2>&1; rc=$?
cp "$said" "$WORK/out"
if [ $rc = 0 ]; then ok 'it goes through'; else bad 'it goes through' "exit code $rc"; fi
expect 'port 25 is found blocked' 'Port 25 out: blocked' cat "$said"
expect 'the relay is offered' 'through a relay' cat "$said"
expect 'it is set up' 'mail.example.lab is set up' cat "$said"
refuse 'the program does not say the password again' sh -c 'grep -vF "<$0>" "$1" | grep -F "$0"' "$CANARY" "$said"
expect 'one SPF record, with both includes' '^"v=spf1 .*include:_spf.dnshost.lab.*include:remote.lab.*~all"$' client dig +short example.lab TXT
expect 'it is one' '^1$' client sh -c 'dig +short example.lab TXT | grep -c v=spf1'
password=$(sed -nE 's/^ *alice@example\.lab +([^ ]{12,})$/\1/p' "$said" | head -n 1)
expect 'the made password is shown' . echo "$password"
out() { swaks --server mail.example.lab:587 --tls --tls-verify --tls-ca-path "$TRUST" --auth-user alice@example.lab \
  --auth-password "$password" --from alice@example.lab --to bob@remote.lab --header "Subject: $SUBJECT"; }

part 'mail leaves by 587'
refuse 'not by port 25' vps timeout 3 bash -c '</dev/tcp/198.19.25.10/25'
new_subject
check 'submission' out
check 'the foreign server has it' wait_for 40 judged
for verdict in spf dkim dmarc; do expect "$verdict=pass" "$verdict=pass" judged; done
expect 'through the relay, logged in, over TLS' 'Authenticated sender: mw-relay' judged
expect 'the relay is verified' 'Verified TLS connection established to relay.dnshost.lab.*:587' vps journalctl --no-pager -t postfix/smtp

part 'mail leaves by 465'
in_vps 'sed "/^\[network.relay\]/,/^\[/s/^port = .*/port = 465/" /etc/mailwizard/spec.toml > /root/answers/465.toml'
expect 'the answers name the other port' '^port = 465' vps cat /root/answers/465.toml
check 'it is applied' mw apply --answers /root/answers/465.toml --yes
new_subject
check 'submission' out
check 'the foreign server has it' wait_for 40 judged
expect 'dmarc=pass' 'dmarc=pass' judged
expect 'the relay is verified' 'Verified TLS connection established to relay.dnshost.lab.*:465' vps journalctl --no-pager -t postfix/smtp
expect 'the check says so' 'mail goes through the relay' mw check --only firewall-outbound-25

part 'the password'
expect_not 'is not in the journal' "$CANARY" vps journalctl --no-pager -o verbose
refuse 'is in no file that others may read' in_vps "find / -xdev -type f -perm /077 -not -path '/proc/*' -not -path '/sys/*' -exec grep -lF -e '$CANARY' {} + 2>/dev/null | grep ."
refuse 'every file that holds it is root'"'"'s alone' in_vps "grep -rIlF -e '$CANARY' /etc /var /root /run /tmp 2>/dev/null | xargs stat -c '%a %U %n' | grep -v '^600 root '"
expect 'Postfix has it' 'relay_password' in_vps "grep -rIlF -e '$CANARY' /etc"
refuse 'it is in no journal of ours and no result' in_vps "grep -rlF -e '$CANARY' /var/lib/mailwizard --include=*.jsonl --include=*.json --include=*.toml"
finish
