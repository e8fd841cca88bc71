#!/bin/bash
# shellcheck disable=SC2016
# The host name is itself a mail domain: a warning with the reason, and it works.
# long
. "$(dirname "$0")/lib.sh"
fresh_vps stack
ANSWERS=/root/answers/same.toml
must 'the answers name one name for both' in_vps 'sed "s/^hostname = .*/hostname = \"example.lab\"/" /root/answers/basic.toml > "$0"' $ANSWERS
must 'the records are published' lab publish --phase before --answers $ANSWERS
must 'mailwizard setup' set_up_program $ANSWERS
cp "$WORK/out" "$WORK/said"
expect 'a warning with the reason' "'example.lab' is itself a domain that mail is addressed to. It works, but .* moving one moves both" sh -c 'tr "\n" " " < "$0" | tr -s " "' "$WORK/said"
must 'the MX is published' lab publish --phase after
must 'the MX is seen' wait_for 15 client sh -c 'dig +short example.lab MX | grep -qx "10 example.lab."'
expect 'one SPF record, the domain'"'"'s' '^1$' client sh -c 'dig +short example.lab TXT | grep -c v=spf1'
expect 'it is not in mydestination' '^$' vps postconf -h mydestination
expect_not 'nor an alias domain' 'example\.lab' vps postconf -h virtual_alias_domains
expect_not 'Postfix does not complain of it' 'do not list domain' vps journalctl --no-pager -t postfix/trivial-rewrite -t postfix/smtpd -t postfix/cleanup -t postfix/lmtp
mailbox() { # USER: what an IMAP client sees of the mail of this subject
  client sh -c '
    curl="curl -sS --cacert '"$TRUST"' -u $0:$1 imaps://example.lab/INBOX"
    n=$($curl -X "SEARCH HEADER Subject $2" | tr -d "\r" | awk "{ print \$NF }"); case $n in *[!0-9]*|"") echo "no mail with subject $2"; exit 1;; esac
    $curl";MAILINDEX=$n"' "$1" "$(password "${1%%@*}")" "$SUBJECT"
}
out() { # SENDER
  swaks --server example.lab:587 --tls --tls-verify --tls-ca-path "$TRUST" --auth-user "$1" --auth-password "$(password "${1%%@*}")" \
    --from "$1" --to bob@remote.lab --header "Subject: $SUBJECT"
}
for sender in alice@example.lab bob@second.lab; do
  part "mail of $sender"
  new_subject
  check 'goes out' out $sender
  check 'the foreign server has it' wait_for 40 judged
  for verdict in spf dkim dmarc; do expect "$verdict=pass" "$verdict=pass" judged; done
  new_subject
  check 'comes in' foreign bob@remote.lab $sender
  check 'is read by IMAP' wait_for 40 mailbox $sender
done
part 'mail of the host itself'
new_subject
check 'root writes to root' in_vps 'printf "Subject: %s\n\nfrom cron\n" "$0" | sendmail root' "$SUBJECT"
check 'the administrator reads it' wait_for 40 mailbox alice@example.lab
expect 'an unknown address of the host' '<\*\* 550' spammer --server example.lab --from x@remote.lab --to nobody@example.lab
check 'mailwizard check' mw check --skip host-clock
expect 'it says so too' 'example.lab' mw check --only host-fqdn
finish
