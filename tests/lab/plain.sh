#!/bin/bash
# The set-up by plain lines, as from a screen reader or a pipe: questions, records, review, apply, verify, client settings.
. "$(dirname "$0")/lib.sh"
fresh_vps stack
( . "$ROOT/scripts/common.sh"; put_draft )
operator() ( cd "$ROOT" && python3 tests/lab/plain/operator.py tests/lab/plain/rules scripts/lab exec vps mailwizard setup --plain )
said=$WORK/said
operator > "$said" 2>&1; rc=$?
cp "$said" "$WORK/out"
if [ $rc = 0 ]; then ok 'it goes through'; else bad 'it goes through' "exit code $rc"; fi
expect 'what is there is said' '\[ok\] +System: Debian' cat "$said"
expect 'a record that was published is seen' '\[ok\] +TXT +@ +v=spf1 mx ' cat "$said"
expect 'every change is shown first' '^.smtpd_relay_restrictions = permit_mynetworks' cat "$said"
expect 'it is set up' 'mail.example.lab is set up' cat "$said"
expect 'the certificate is there' '\[ok\] +certificate for mail.example.lab' cat "$said"
refuse 'no escape sequence is written' grep -q "$(printf '\033')" "$said"
refuse 'no line break is spelled out' grep -qF '\n' "$said"
password=$(sed -nE 's/^ *alice@example\.lab +([^ ]{12,})$/\1/p' "$said" | head -n 1)
expect 'the made password is shown' . echo "$password"
expect 'a login with that password' 'Junk' client sh -c 'curl -sS --cacert '"$TRUST"' -u "alice@example.lab:$0" imaps://mail.example.lab/ -X "LIST \"\" *"' "$password"
new_subject
check 'mail goes out' swaks --server mail.example.lab:465 --tls-on-connect --tls-verify --tls-ca-path "$TRUST" \
  --auth-user alice@example.lab --auth-password "$password" --from alice@example.lab --to bob@remote.lab --header "Subject: $SUBJECT"
check 'the foreign server has it' wait_for 40 judged
for verdict in spf dkim dmarc; do expect "$verdict=pass" "$verdict=pass" judged; done
refuse 'the password is in no file and no log' in_vps "grep -rIlF -e '$password' /etc /var /root /tmp /run/log 2>/dev/null | grep ."
finish
