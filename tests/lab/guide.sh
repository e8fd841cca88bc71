#!/bin/bash
# Something is wrong, by keys: faults are injected, the operator's words typed, a question answered, the cause read, the fix applied, and mail flows.
# long
# suites: trixie
# shellcheck shell=bash source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=tui/terminal.sh
. "$(dirname "$0")/tui/terminal.sh"
SCREENS=${SCREENS:-$WORK/screens}; mkdir -p "$SCREENS"
keep_screen() { screen > "$SCREENS/$1.txt"; }
arrives() { new_subject; foreign bob@remote.lab alice@example.lab > /dev/null && wait_for 40 read_mail alice@example.lab INBOX > /dev/null; }
leaves() { new_subject; submit alice@example.lab alice@example.lab bob@remote.lab > /dev/null && wait_for 40 judged > /dev/null; }

fresh_vps stack
set_up
let_operator_in

part 'Rspamd is stopped: words, cause, fix by key, proof, mail'
vps systemctl stop rspamd
new_subject; foreign bob@remote.lab alice@example.lab > "$WORK/refused" 2>&1 || :
expect 'a stranger is told to come again' '4[0-9][0-9]' cat "$WORK/refused"
open_session mailwizard troubleshoot
see 'Something is wrong'
keys '=mail comes back with 451 try again later'; see 'Fits'
keep_screen 1-words
keys Enter; see '^ +Cause' 40
keep_screen 2-verdict
expect 'the cause is named' 'Cause.*Rspamd' screen
see 'f fix it'
keys f; see 'a apply'; keep_screen 3-fix
keys a; see 'Mended, and proved' 90; keep_screen 4-mended
ok 'it is mended and proved'
check 'Rspamd runs' vps systemctl is-active rspamd
check 'mail comes in' arrives
keys Escape; see 'Mended'; keys Escape; see 'You can type|Say in your own words'
keys Escape; see 'Something is wrong \.\.\.' ; keep_screen 5-home
ok 'Esc leads home'
keys q; see 'ended '

part 'no words: questions lead to a service that is stopped'
vps systemctl stop dovecot.socket dovecot > /dev/null 2>&1
open_session mailwizard troubleshoot
see 'Something is wrong'
keys Enter; see 'Where does it hurt\?' 40; keep_screen 6-where
keys Down Down Enter; see 'What does the mail program say\?'; keep_screen 7-how
keys Down Enter; see '^ +Cause' 40
keep_screen 8-dovecot
expect 'the cause is named' 'Cause.*Dovecot' screen
keys f; see 'a apply'; keys a; see 'Mended, and proved' 90
check 'Dovecot runs' vps systemctl is-active dovecot
keys C-c; see 'ended 130'

part 'the terminal goes while a fix is carried out: the work goes on, and the next screen shows its end'
vps systemctl stop dovecot.socket dovecot > /dev/null 2>&1
open_session mailwizard troubleshoot
see 'Something is wrong'
keys '=nobody can log in, imap is down'; see 'Fits'
keys Enter; see 'Cause +Dovecot' 40
keys f; see 'a apply'; keys a; see 'dovecot-down:|Mended'
drop_session
check 'Dovecot runs though nobody looks' wait_for 60 vps systemctl is-active dovecot
open_session mailwizard
see 'Mended, and proved' 90; keep_screen 9-again
ok 'the next screen shows how it ended'
keys C-c; see 'ended 130'
refuse 'and once it was seen it is forgotten' vps test -e /var/lib/mailwizard/agreed-fix.json

part 'the terminal goes before the work has begun: the next screen says so, and nothing is half done'
vps systemctl stop dovecot.socket dovecot > /dev/null 2>&1
in_vps 'mv /usr/bin/systemd-run /root/systemd-run; printf "#!/bin/sh\nsleep 300\n" > /usr/bin/systemd-run; chmod 755 /usr/bin/systemd-run'
open_session mailwizard troubleshoot
see 'Something is wrong'
keys '=nobody can log in, imap is down'; see 'Fits'
keys Enter; see 'Cause +Dovecot' 40
keys f; see 'a apply'; keys a
check 'what was agreed to is written down' wait_for 20 vps test -e /var/lib/mailwizard/agreed-fix.json
drop_session
in_vps 'pkill -x systemd-run; mv /root/systemd-run /usr/bin/systemd-run'
refuse 'Dovecot is as it was' vps systemctl is-active dovecot
open_session mailwizard
see 'cut short' 40; keep_screen 9-not-begun
ok 'the next screen says that it was cut short'
keys C-c; see 'ended 130'
refuse 'and once it was seen it is forgotten' vps test -e /var/lib/mailwizard/agreed-fix.json
check 'the same words mend it' mw troubleshoot 'nobody can log in, imap is down' --fix
check 'Dovecot runs' vps systemctl is-active dovecot

part 'a pasted bounce: SPF without us, waited for until it is there'
lab dns 'del example.lab. TXT' 'add example.lab. 60 TXT "v=spf1 ip4:203.0.113.9 -all"' > "$WORK/out" 2>&1
open_session mailwizard troubleshoot
see 'Something is wrong'
printf '%s\n' '550-5.7.26 Your email has been blocked because the sender is unauthenticated.' \
  '550-5.7.26 Gmail requires all senders to authenticate with either SPF or DKIM.' '550 5.7.26  SPF [example.lab] with ip: [198.51.100.10] = did not pass' > "$WORK/bounce"
tmux_ load-buffer "$WORK/bounce"; tmux_ paste-buffer -p
see 'Pasted'; keep_screen 9-pasted
keys Enter; see '^ +Cause' 40; keep_screen 10-spf
expect 'the cause is SPF' 'Cause.*SPF' screen
expect 'the exact record is shown' 'v=spf1 ' screen
keys w; see 'Waiting'; see 'looked at [0-9][0-9]:' 40; keep_screen 11-waiting
check 'the operator publishes the record' lab publish --phase all
see 'It is there|Nothing wrong was found' 120; see 'Nothing wrong was found|^ +Cause' 60; keep_screen 12-there
expect_not 'the SPF record is not named any more' 'Cause.*The SPF record' screen
keys C-c; see 'ended 130'

part 'plain lines ask the same'
vps systemctl stop rspamd
check 'the same questions in lines' in_vps 'printf "2\n2\n" | mailwizard troubleshoot --plain > /root/plain.out 2>&1; rc=$?; cat /root/plain.out; [ $rc = 1 ]'
expect 'the first question' 'Where does it hurt' vps cat /root/plain.out
expect 'the cause' 'Cause +Rspamd' vps cat /root/plain.out
expect 'JSON names the question that is open' '"id": "where"' mw troubleshoot --json
expect 'answers can be given beforehand' 'rspamd-down' mw troubleshoot --json --answer where=in --answer how-in=late
vps systemctl start rspamd
finish
