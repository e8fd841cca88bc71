#!/bin/bash
# shellcheck disable=SC2016
# Debian 12 becomes 13 under a running server (Dovecot 2.3 becomes 2.4): it is noticed, shown and put right by the next apply; mail and logins go on.
# suites: bookworm
# long
. "$(dirname "$0")/lib.sh"
[ "$SUITE" = bookworm ] || { skip 'the upgrade' "it begins on bookworm, not on $SUITE"; finish; }
fresh_vps stack
set_up
new_subject; OLD=$SUBJECT
check 'mail comes in' foreign bob@remote.lab alice@example.lab
check 'and is there' wait_for 40 read_mail alice@example.lab INBOX
expect_not 'nothing was upgraded yet' 'was upgraded' mw plan

part 'apt full-upgrade'
must 'the lists of trixie' in_vps 'sed -i s/bookworm/trixie/g /etc/apt/sources.list && apt-get update -qq'
# Its last word is an error: Debian restarts Dovecot 2.4 with what was written for 2.3, and leaves its package half configured.
in_vps 'DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=l apt-get -y -q -o Dpkg::Options::=--force-confold -o Dpkg::Options::=--force-confdef full-upgrade > /root/upgrade.log 2>&1'
must 'it is Debian 13' in_vps 'grep -q ^13 /etc/debian_version'
check 'a reboot' lab reboot vps
expect 'another Dovecot' '^2\.4' in_vps 'dovecot --version'
refuse 'which does not read its settings' in_vps 'doveconf -n > /dev/null'
expect 'and is half configured' 'dovecot-core' vps dpkg --audit

part 'noticed, shown, put right'
expect 'plan says what became what' 'was upgraded since its settings were written: .*12.* is .*13.* now, Dovecot 2.3 is 2.4' in_vps 'mailwizard plan | tr "\n" " "'
expect 'and shows the other language' '^\+dovecot_config_version' mw plan
expect 'what the package changed of main.cf is shown' 'edited by you: /etc/postfix/main.cf' mw plan
expect 'status says it too' 'was upgraded' mw status
refuse 'without a choice for that file nothing is written' mw apply --yes
expect 'and the choices are said' 'Choose with --edited keep, replace or merge' mw apply --yes
must 'mailwizard apply' mw apply --yes --edited replace
expect_not 'every package is configured' '.' vps dpkg --audit
expect_not 'then it is said no more' 'was upgraded' mw plan
expect 'apply has nothing more to do' 'Nothing to do' mw apply --yes
SUBJECT=$OLD; check 'the mail is still there, with the old password' read_mail alice@example.lab INBOX
new_subject
check 'mail comes in' foreign bob@remote.lab alice@example.lab
check 'and is read' wait_for 40 read_mail alice@example.lab INBOX
new_subject
check 'mail goes out' submit alice@example.lab alice@example.lab bob@remote.lab
check 'the foreign server has it' wait_for 40 judged
for verdict in spf dkim dmarc; do expect "$verdict=pass" "$verdict=pass" judged; done
check 'mailwizard check' mw check --skip host-clock
finish
