#!/bin/bash
# The set-up on the full screen, by keys: from Welcome to Mail clients, with a terminal that dies at the worst moments.
# long
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=tui/terminal.sh
. "$(dirname "$0")/tui/terminal.sh"
fresh_vps
( . "$ROOT/scripts/common.sh"; put_draft )
let_operator_in

part 'the questions'
open_session mailwizard
see 'Welcome +1/'; see '\[ok\] +System +Debian'; see '\[ok\] +Port 25 out'
keys Enter; see 'Host name +2/'
keys '=mail.example.lab'; see 'PTR'
keys Enter; see 'Domains +3/'; see '^ +example\.lab$'
keys '=second.lab' Enter; see '^ +second\.lab$'
ok 'the domain of the host name is suggested, another is added'

part 'the session drops; the next one goes on there'
drop_session
open_session mailwizard
see 'Domains +3/'; see '^ +second\.lab$'
ok 'a session that dropped during the questions goes on where it stopped'
press_until Enter 'Protections +4/'
press_until Enter 'DNS records +5/' 30
see '0 of [0-9]+ are there'
check 'the operator publishes the records' lab publish --phase before
see '([0-9]+) of \1 are there' 60
ok 'the page of records turns green by itself'
keys Enter; see 'Certificate +6/'
keys Down Space; see 'Accept the terms +< yes >'
press_until Enter 'Accounts +7/'
keys '=alice@example.lab' Enter; see '^ +alice@example\.lab$'
keys '=bob@second.lab Bob Example' Enter; see '^ +bob@second\.lab Bob Example$'
keys Enter; see '> alice@example\.lab +will be made'
keys C-n; see 'Review +8/'; see 'Packages'
expect 'every change is shown first' 'new +/etc/rspamd|[0-9]+ packages: ' screen
keys F2; see 'Passwords that were made'
alice=$(screen | sed -nE 's/^ *alice@example\.lab +([^ ]+)$/\1/p')
expect 'the made password is shown' '^[a-z0-9-]{12,}$' echo "$alice"

part 'the session drops at the review; the passwords stay'
drop_session
open_session mailwizard
see 'Review +8/'; see 'Packages'
keys F2; see 'Passwords that were made'
expect 'the password that was shown is the same' "alice@example.lab +$alice\$" screen
keys Escape; see 'a apply'

part 'apply: the terminal dies in the middle of the packages'
keys a; see 'Apply +9/'; see '\[run\] +install' 60
drop_session
sleep 2
check 'the work goes on without a terminal' vps systemctl is-active mailwizard-apply
open_session mailwizard
see 'Apply +9/'; see '\[run\]'
ok 'the next session shows it live'

part 'kill -9 in the middle'
see '\[ok\] +install' 240
drop_session
# shellcheck disable=SC2016
check 'the process is killed' in_vps 'kill -9 "$(systemctl show -P MainPID mailwizard-apply)"'
wait_for 20 sh -c '! "$0" exec vps systemctl is-active --quiet mailwizard-apply' "$ROOT/scripts/lab"
open_session mailwizard
see 'Apply +9/'; see 'Stopped at step [0-9]+ of [0-9]+'; see 'r continue'; see 'u undo'; see 't transcript'
ok 'the next start says where it stopped: continue, undo, show'
keys t; see 'Transcript: Apply'; see '1\. '; keys Escape; see 'r continue'
keys r; see '\[run\]|\[ok\] +mail.example.lab is set up'

part 'apply ends while nobody looks'
see '[0-9]+ of [0-9]+ done' 60
drop_session
wait_for 240 sh -c '! "$0" exec vps systemctl is-active --quiet mailwizard-apply' "$ROOT/scripts/lab"
open_session mailwizard
see 'Apply +9/'; see '\[ok\] +mail.example.lab is set up'
ok 'the next start shows its result, not the review'
refuse 'nothing is asked again' seen 'a apply'

part 'everything tried out'
keys Enter; see 'Verify +10/'; see 'Checked at' 120
screen > "$WORK/verified"
expect 'only what waits for the MX is not well yet' 'Not all is well yet|All is well' cat "$WORK/verified"
check 'the operator publishes the last records' lab publish --phase after
wait_for 15 client sh -c 'dig +short example.lab MX | grep -q mail.example.lab'
press_until R 'All is well' 60
ok 'all is well'
keys n; see 'Mail clients +11/'
see 'alice@example.lab'
keys F2; see "$alice"
keys Enter; see 'Passwords that were made'
keys Escape; see 'Mail clients +11/'
keys Enter; see 'ended 0'
ok 'it ends with 0'
refuse 'the password is in no file and no log' in_vps "grep -rIlF -e '$alice' /etc /var /root /tmp /run/log 2>/dev/null | grep ."

part 'mail'
new_subject
check 'mail goes out' swaks --server mail.example.lab:465 --tls-on-connect --tls-verify --tls-ca-path "$TRUST" \
  --auth-user alice@example.lab --auth-password "$alice" --from alice@example.lab --to bob@remote.lab --header "Subject: $SUBJECT"
check 'the foreign server has it' wait_for 40 judged
for verdict in spf dkim dmarc; do expect "$verdict=pass" "$verdict=pass" judged; done
new_subject
check 'mail comes in' foreign carol@remote.lab alice@example.lab
password() { echo "$alice"; }
check 'and is read by IMAP' wait_for 40 read_mail alice@example.lab INBOX

part 'a server that is set up'
open_session mailwizard
see 'mailwizard +mail\.example\.lab'; see 'Domains +2: example\.lab, second\.lab'; see '> Add a domain'
ok 'it opens on the state of the server, not on a question'
press_until Down '> Check everything again'; keys Enter; see 'When it was checked last'
keys Escape; see '> Check everything again'
keys q; see 'ended 130'

part 'bare apply over SSH: a hang-up loses nothing'
check 'something is to be done' in_vps 'apt-get purge -qq -y fail2ban && rm /etc/rspamd/local.d/actions.conf'
open_session mailwizard apply --yes
see '[0-9]+ steps\.'
drop_session
check 'it goes on without a terminal' vps pgrep -x mailwizard
check 'it comes to its end' wait_for 120 in_vps 'mailwizard history | head -n 1 | grep -q " done "'
check 'the package is back' vps systemctl is-active fail2ban
check 'the file is back' vps test -s /etc/rspamd/local.d/actions.conf
finish
