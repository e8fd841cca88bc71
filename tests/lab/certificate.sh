#!/bin/bash
# shellcheck disable=SC2016
# usually: trixie
# The certificate: not asked for while DNS says it must fail, renewed in time, served everywhere, kept on failure; hashes that Dovecot takes.
. "$(dirname "$0")/lib.sh"
fresh_vps stack
CERT='cert --answers /root/answers/basic.toml'
# Says what `mailwizard cert …` says, and its exit code in a last line.
# shellcheck disable=SC2086
cert() { local rc=0; mw $CERT "$@" || rc=$?; echo "exit code $rc"; }
set_up_program_again() { SETUP=apply set_up_program "$1"; }
serial() { in_vps 'openssl x509 -noout -serial -in /etc/ssl/mailwizard/mail.example.lab/fullchain.pem'; }

part 'no attempt while DNS says it must fail'
expect 'no A record: exit code 3' '^exit code 3' cert issue
expect 'no A record: the sentence' 'neither an A nor an AAAA record' cert issue
lab dns 'add mail.example.lab. 60 A 198.51.100.99' > "$WORK/out" 2>&1
expect 'an A record that leads elsewhere' 'leads to 198.51.100.99 .* not this machine' cert issue
lab dns 'del mail.example.lab. A' 'add mail.example.lab. 60 A 198.51.100.10' 'add example.lab. 60 CAA 0 issue ";"' > "$WORK/out" 2>&1
sleep 2   # the second name server follows
expect 'CAA forbids' "CAA records of example.lab forbid .*lets no CA issue" cert issue
lab dns 'del example.lab. CAA' 'del mail.example.lab. A' > "$WORK/out" 2>&1
refuse 'nothing was put in place' in_vps 'test -e /etc/ssl/mailwizard/mail.example.lab/fullchain.pem'

part 'a server with its certificate'
set_up
CERT=cert
check 'cert status is content' mw cert status
expect 'every port of both families serves it' '^8$' in_vps 'mailwizard cert status | grep -c "^\[ok\]"'
expect 'JSON' '"issuer": "Pebble' mw cert status --json
expect 'the key is root'"'"'s alone' '^600 root$' in_vps 'stat -Lc "%a %U" /etc/ssl/mailwizard/mail.example.lab/privkey.pem'
expect 'the account is root'"'"'s alone' '^600 root$' in_vps 'stat -c "%a %U" /var/lib/mailwizard/acme-account.json'

part 'renewal at a third of the lifetime'
lab cert-lifetime 60 > "$WORK/out" 2>&1
expect 'a forced one; the CA has forgotten our account' 'All 8 listening mail sockets serve it' mw cert issue
before=$(serial)
expect 'quiet while nothing is due' '^exit code 0$' cert renew
check 'and nothing changed' test "$before" = "$(serial)"
sleep 41
check 'the timer'"'"'s unit renews' vps systemctl start mailwizard-renew.service
check 'another certificate is in place' test "$before" != "$(serial)"
check 'and served everywhere' mw cert status

part 'a failure keeps the old one'
in_vps 'nohup perl -MIO::Socket::INET -e "\$s = IO::Socket::INET->new(LocalPort => 80, Listen => 5) or die; sleep 900" >/dev/null 2>&1 & echo $! > /run/holder'
wait_for 5 in_vps 'ss -ltn | grep -q ":80 "'
before=$(serial)
expect 'port 80 is held: the process is named' "Port 80 is held by 'perl'.*webroot" cert issue
expect 'exit code 3' '^exit code 3$' cert issue
check 'the old one is in place' test "$before" = "$(serial)"
expect 'status names the last error' "failed: Port 80 is held by 'perl'" mw cert status
in_vps 'kill $(cat /run/holder)'
lab cert-lifetime default > "$WORK/out" 2>&1
expect 'the next attempt succeeds' 'is in place' mw cert issue

part 'a run that was stopped before the reload'
in_vps 'cd /etc/ssl/mailwizard/mail.example.lab && case $(readlink current) in a) n=b;; *) n=a;; esac && ln -sfn $n current'
expect 'status sees it' '\[FAIL\] .* serves another one' mw cert status
in_vps 'mailwizard cert renew' > "$WORK/out" 2>&1
check 'the next renewal mends it' mw cert status

part 'the name of the CA, and our account, in CAA records'
CAA=/root/answers/caa.toml
in_vps 'sed "s/acme.lab:14000/acme.lab:14001/" /root/answers/basic.toml > "$0"' $CAA
wanted_caa() { in_vps 'mailwizard records --format json "$@" | tr -d "\n" | tr -s " " | sed "s/},/},\n/g" | grep "\"type\": *\"CAA\""' sh "$@"; }
expect 'the directory names the CA' 'issue ..acme\.lab..?"' wanted_caa --answers $CAA
check 'the other directory is applied' set_up_program_again $CAA
expect 'a certificate by a new account' 'is in place' mw cert issue
expect 'the account is named' 'issue ..acme\.lab; accounturi=https://acme\.lab:14000/' wanted_caa
check 'it is published' lab publish --phase all
check 'it is seen' wait_for 15 client sh -c 'dig +short mail.example.lab CAA | grep -q accounturi'
check 'the check is content' mw check --only dns-caa
expect 'the next certificate is allowed' 'is in place' mw cert issue
lab dns 'del mail.example.lab. CAA' 'add mail.example.lab. 60 CAA 0 issue "acme.lab; accounturi=https://acme.lab:14000/my-account/another"' > "$WORK/out" 2>&1
sleep 2
expect 'another account is not' "only the account 'https://acme.lab:14000/my-account/another' may ask" cert issue
lab dns 'del mail.example.lab. CAA' > "$WORK/out" 2>&1

part 'client settings'
expect 'the sheet' 'mail.example.lab, port 993, SSL/TLS' mw client alice@example.lab
check 'the profile is XML' in_vps 'mailwizard client alice@example.lab --format mobileconfig > /tmp/p && perl -0ne "exit !m{^<\?xml.*</plist>\s*\$}s" /tmp/p'
expect 'an alias is not an account' 'is an alias: nobody logs in with it' mw client postmaster@example.lab

part 'hashes that the installed Dovecot takes'
takes() { in_vps 'printf "%s\n" "$(cat /root/answers/alice.pw)" | doveadm pw -t "$(sed -n "s/^alice@example.lab:\([^:]*\).*/\1/p" /etc/dovecot/mailwizard-users)"'; }
expect 'SHA512-CRYPT is the default' '^\{SHA512-CRYPT\}\$6\$' in_vps "grep ^alice@example.lab: /etc/dovecot/mailwizard-users | cut -d: -f2"
check 'doveadm takes it' takes
check 'a login with it' vps doveadm auth test alice@example.lab "$(password alice)"
in_vps 'printf "\n[protection]\npassword_scheme = \"ARGON2ID\"\n" >> /root/answers/basic.toml'
# Only applied: the certificate of seconds that this scenario has is rightly not to the checks' liking.
check 'the scheme is changed' mw apply --answers /root/answers/basic.toml --yes
expect 'ARGON2ID by choice' '^\{ARGON2ID\}\$argon2id\$' in_vps "grep ^alice@example.lab: /etc/dovecot/mailwizard-users | cut -d: -f2"
check 'doveadm takes it too' takes
check 'a login with it too' vps doveadm auth test alice@example.lab "$(password alice)"
finish
