#!/bin/bash
# shellcheck disable=SC2016
# usually: trixie
# Edits by hand: noticed by content, shown three ways, kept, merged or replaced as chosen; what was kept stays kept; the operator's own folders win last; files that are not ours are left alone.
. "$(dirname "$0")/lib.sh"
fresh_vps stack
set_up
ANSWERS=/root/answers/basic.toml
size() { in_vps 'sed -i "/^\[protection\]/,/^$/d" /root/answers/basic.toml; printf "\n[protection]\nmessage_size_mb = %s\n\n" "$0" >> /root/answers/basic.toml' "$1"; }
apply() { local rc=0; mw apply --answers "$ANSWERS" --yes "$@" || rc=$?; [ "$rc" = 0 ] || [ "$rc" = 3 ]; }
MAIN=/etc/postfix/main.cf
sum() { in_vps 'sha256sum "$0" | cut -c1-64' "$1"; }

part 'an edit is noticed at every start, and nothing is written over'
in_vps 'printf "# mine\ndelay_warning_time = 1h\n" >> /etc/postfix/main.cf'
size 61
edited=$(sum $MAIN)
expect 'plan shows the file' "edited by you: $MAIN" mw plan
expect 'what the operator changed' '^ +\+delay_warning_time = 1h' mw plan --answers "$ANSWERS"
expect 'what we would write now' '^ +\+message_size_limit = 61000000' mw plan --answers "$ANSWERS"
refused() { mw apply --answers "$ANSWERS" --yes; [ $? = 3 ]; }
check 'apply stops and ends with 3' refused
expect 'it says how to choose' 'edited (keep|merge|FILE=keep)' sh -c '"$0" exec vps mailwizard apply --answers /root/answers/basic.toml --yes 2>&1 | tr -s " \n" " "' "$ROOT/scripts/lab"
check 'the file is as it was' test "$edited" = "$(sum $MAIN)"
touched() { in_vps 'touch -d "2020-01-01" /etc/postfix/main.cf; mailwizard plan > /tmp/plan 2>&1; grep -c "edited by you" /tmp/plan'; }
expect 'content counts, not the time of the file' '^1$' touched

part 'merge takes both'
check 'merge' apply --edited merge
expect "the operator's line" '^1h$' vps postconf -h delay_warning_time
expect 'and ours' '^61000000$' vps postconf -h message_size_limit
size 62
check 'a later change merges by itself' apply
expect "the operator's line is still there" '^1h$' vps postconf -h delay_warning_time
expect 'and the new value' '^62000000$' vps postconf -h message_size_limit
expect 'nothing is left to do' '^Nothing to do' mw apply --yes

part 'keep mine, and it stays kept'
CONF=/etc/rspamd/local.d/actions.conf
in_vps 'sed -i "s/^reject = .*/reject = 33;/" /etc/rspamd/local.d/actions.conf; grep -q "reject = 33" /etc/rspamd/local.d/actions.conf'
kept=$(sum $CONF)
check 'keep, for this file' apply --edited $CONF=keep
check 'it is as it was' test "$kept" = "$(sum $CONF)"
expect 'plan says so' "$CONF stays as you edited it" mw plan
in_vps 'sed -i "s/^message_size_mb = .*/message_size_mb = 63\njunk_score_tenths = 55/" /root/answers/basic.toml'
check 'a later apply that would change it' apply
check 'it is still as it was' test "$kept" = "$(sum $CONF)"
expect 'the rest of that apply was done' '^63000000$' vps postconf -h message_size_limit
check 'and one more' apply
check 'still' test "$kept" = "$(sum $CONF)"
expect 'rspamd runs with it' '33' vps rspamadm configdump actions
in_vps 'echo "# one more of mine" >> /etc/rspamd/local.d/actions.conf'
check 'another edit is asked about again' refused

part 'take yours, and undo gives mine back'
again=$(sum $CONF)
check 'replace' apply --edited replace
expect 'ours is there' 'reject = 15' vps cat $CONF
check 'undo' mw undo
check 'the edit is back' test "$again" = "$(sum $CONF)"
check 'replaced for good' apply --edited replace

part 'both changed the same line'
in_vps 'sed -i "s/^message_size_limit = .*/message_size_limit = 99000000/" /etc/postfix/main.cf'
in_vps 'sed -i "s/^message_size_mb = .*/message_size_mb = 64/" /root/answers/basic.toml'
expect 'it is shown and not merged' 'cannot be merged: both changed the same lines' mw plan --answers "$ANSWERS"
refuse 'merge is refused' mw apply --answers "$ANSWERS" --yes --edited merge
expect 'nothing was written' '^99000000$' vps postconf -h message_size_limit
check 'replace settles it' apply --edited replace
expect 'ours is there' '^64000000$' vps postconf -h message_size_limit
expect 'and nothing of the operator' '^4h$' vps postconf -h delay_warning_time

part "the operator's own folders win last"
in_vps 'mkdir -p /etc/mailwizard/local; printf "message_size_limit = 77000000\nmaximal_queue_lifetime = 2d\n" > /etc/mailwizard/local/main.cf; printf "2525 inet n - y - - smtpd\n" > /etc/mailwizard/local/master.cf'
in_vps 'printf "mail_debug = yes\n" > /etc/dovecot/local.d/mine.conf'
in_vps 'mkdir -p /etc/rspamd/override.d; printf "reject = 44;\n" > /etc/rspamd/override.d/actions.conf'
before=$(in_vps 'sha256sum /etc/dovecot/local.d/mine.conf /etc/rspamd/override.d/actions.conf /etc/mailwizard/local/main.cf')
check 'apply' apply
in_vps 'systemctl restart dovecot rspamd'
expect 'Postfix: the value of local/main.cf' '^77000000$' vps postconf -h message_size_limit
expect 'Postfix: what we do not set' '^2d$' vps postconf -h maximal_queue_lifetime
check 'Postfix: the service of local/master.cf listens' wait_for 20 in_vps 'ss -ltn | grep -q ":2525 "'
expect 'Dovecot: its own folder' 'mail_debug = yes' vps doveconf mail_debug
expect 'Rspamd: its override' 'reject = 44' vps rspamadm configdump actions
in_vps 'sed -i "s/^message_size_mb = .*/message_size_mb = 65/" /root/answers/basic.toml'
check 'a later apply' apply
expect 'they win again' '^77000000$' vps postconf -h message_size_limit
check "the operator's files are as they were" test "$before" = "$(in_vps 'sha256sum /etc/dovecot/local.d/mine.conf /etc/rspamd/override.d/actions.conf /etc/mailwizard/local/main.cf')"

part 'files that are not ours'
expect_not 'no file of a package or of the operator changed but those in the plan' '.' in_vps 'for f in /etc/ssh/sshd_config /etc/passwd- /etc/fstab /etc/postfix/dynamicmaps.cf /etc/rspamd/rspamd.conf /etc/dovecot/conf.d/10-mail.conf; do [ ! -e $f ] || [ ! $f -nt /etc/hostname ] || echo $f; done'
new_subject
check 'mail goes out' submit alice@example.lab alice@example.lab bob@remote.lab
check 'and arrives' wait_for 40 judged
finish
