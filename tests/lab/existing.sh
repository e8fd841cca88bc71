#!/bin/bash
# shellcheck disable=SC2016
# A certificate that certbot made is found, suggested, adopted and served; certbot's renewals reach every port, with its hook and without.
# long
. "$(dirname "$0")/lib.sh"
fresh_vps stack
LIVE=/etc/letsencrypt/live/mail.example.lab
certbot() { vps certbot --non-interactive --quiet --server https://acme.lab:14000/dir "$@"; }
serial() { in_vps 'openssl x509 -noout -serial -in "$0"' "$1/fullchain.pem"; }
served() { # PORT: the serial that a client elsewhere sees
  client sh -c 'case $0 in 587) set -- -starttls smtp;; *) set --;; esac
    openssl s_client -connect "mail.example.lab:$0" -servername mail.example.lab "$@" </dev/null 2>/dev/null | openssl x509 -noout -serial' "$1"; }
same_everywhere() { local port; for port in 465 587 993; do [ "$(served "$port")" = "$(serial "$LIVE")" ] || { echo "$port serves another one"; return 1; }; done; }

must 'the host name leads here' lab dns 'add mail.example.lab. 60 A 198.51.100.10' 'add mail.example.lab. 60 AAAA 2001:db8:100::10'
must 'certbot is installed' in_vps 'apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends certbot'
must 'certbot has got a certificate' certbot certonly --standalone -d mail.example.lab --agree-tos --register-unsafely-without-email
expect 'it is in its tree' '^serial=' serial $LIVE
tree() { in_vps 'cd /etc/letsencrypt && find . -path "./renewal-hooks/deploy/mailwizard" -prune -o -printf "%p %y %m %u %l\n" | sort'; }
tree > "$WORK/tree"

part 'found and adopted, by plain lines'
( . "$ROOT/scripts/common.sh"; put_draft )
in_vps 'sed -i "/^\[certificate\]/,/^$/d; s/\"certificate[a-z_.]*\", //g" /var/lib/mailwizard/draft.toml'
expect_not 'nothing is decided beforehand' certificate vps cat /var/lib/mailwizard/draft.toml
said=$WORK/said
operator() ( cd "$ROOT" && timeout 300 python3 tests/lab/plain/operator.py tests/lab/existing/rules scripts/lab exec vps mailwizard setup --plain )
operator > "$said" 2>&1; rc=$?
cp "$said" "$WORK/out"
if [ $rc = 0 ]; then ok 'it goes through'; else bad 'it goes through' "exit code $rc"; fi
expect 'it is found' 'Certificate: .*letsencrypt/live/mail.example.lab.*renewed by certbot' sh -c 'tr "\n" " " < "$0" | tr -s " "' "$said"
expect 'it is adopted' '^method = "existing"' vps cat /etc/mailwizard/spec.toml
check 'every port serves it' same_everywhere
check 'the checks are content' mw check --skip host-clock
expect 'every port of both families' '^8$' in_vps 'mailwizard cert status | grep -c "^\[ok\]"'
expect 'the copy of the key is root'"'"'s alone' '^600 root$' in_vps 'stat -Lc "%a %U" /etc/ssl/mailwizard/mail.example.lab/privkey.pem'
expect 'certbot will tell us' '^755 root$' in_vps 'stat -c "%a %U" /etc/letsencrypt/renewal-hooks/deploy/mailwizard'

part 'certbot renews'
before=$(serial $LIVE)
check 'certbot renew' certbot renew --force-renewal --no-random-sleep-on-renew
check 'another certificate is there' test "$before" != "$(serial $LIVE)"
check 'its hook has put it on every port' wait_for 15 same_everywhere

part 'renewed without the hook, as by another program'
before=$(serial $LIVE)
check 'certbot renew' certbot renew --force-renewal --no-random-sleep-on-renew --no-directory-hooks
check 'another certificate is there' test "$before" != "$(serial $LIVE)"
refuse 'the ports serve the old one' same_everywhere
expect 'cert status says so' 'the certificate it is copied from has changed' mw cert status
expect 'the check says so' 'was renewed, but the one before is served' in_vps 'mailwizard check --only cert-renewal-works | tr "\n" " " | tr -s " "'
check 'the timer runs' vps systemctl is-active mailwizard-renew.timer
check 'its unit takes it up' vps systemctl start mailwizard-renew.service
check 'every port serves it' wait_for 15 same_everywhere
check 'cert status is content' mw cert status

part 'undo'
check 'mailwizard undo' mw undo
tree > "$WORK/tree-after"
check 'certbot'"'"'s tree is as it was, but for its own renewals' sh -c 'for f in "$0" "$1"; do grep -vE "archive/|live/|csr|keys/" "$f" > "$f.x"; done; diff "$0.x" "$1.x"' "$WORK/tree" "$WORK/tree-after"
refuse 'no hook of ours is left' in_vps 'test -e /etc/letsencrypt/renewal-hooks/deploy/mailwizard'
check 'certbot still renews' certbot renew --force-renewal --no-random-sleep-on-renew
finish
