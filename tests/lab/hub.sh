#!/bin/bash
# Run again: the server's home screen, by keys. Its state, a hand edit, a setting, an apply undone, `status` in one screen.
# long
# suites: trixie
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=tui/terminal.sh
. "$(dirname "$0")/tui/terminal.sh"
fresh_vps stack
set_up
let_operator_in

part 'the state of the server'
open_session mailwizard
see 'mailwizard +mail\.example\.lab'
refuse 'no question comes first' seen 'Welcome'
see 'Domains +2: example\.lab, second\.lab'; see 'Accounts +[0-9]+ accounts?, [0-9]+ alias' 60
see 'Certificate .*left; served on all [0-9]+ sockets' 60
see 'Mail +queue empty; since midnight [0-9]+ in, [0-9]+ out, [0-9]+ refused' 60
see 'System +Debian 1[23]; [0-9]+ % disk; ' 60
see 'Checks +.*[0-9]+ ok' 120
ok 'each line fills in by itself'
refuse 'nothing runs any more' seen 'checking now'

part 'mail is counted'
new_subject
check 'mail comes in' foreign carol@remote.lab alice@example.lab
check 'it is read by IMAP' wait_for 40 read_mail alice@example.lab INBOX
before=$(screen | sed -nE 's/.*since midnight ([0-9]+) in.*/\1/p')
keys r
see "since midnight $((before + 1)) in" 60
ok 'r looks again: one more came in'

part 'a hand edit'
check 'the operator edits a file' in_vps 'printf "delay_warning_time = 4h\n" >> /etc/postfix/main.cf'
keys r; see 'you changed /etc/postfix/main\.cf by hand' 60
keys Home; press_until Down '> .*main\.cf' 8
keys Enter; see 'Changed by you'
keys Enter; see 'delay_warning_time'; keys Escape
keys k; see 'stays as it is' 60
keys a; see 'Apply'; see '\[ok\] +mail\.example\.lab is set up|is set up' 120
keys Enter; see 'Needs you' 30
refuse 'a kept edit needs nobody any more' seen 'by hand'
expect 'it is still there' '^delay_warning_time = 4h$' vps cat /etc/postfix/main.cf

part 'a setting, reviewed and applied'
press_until Down '> Settings' 20
keys Enter; see '> Host name'
press_until Down '> Protections' 10
keys Enter; see 'Greylisting'
press_until Tab '> Greylisting' 20
keys Space
press_until Enter 'a apply' 20
keys a; see 'is set up' 120
keys Enter; see 'Needs you'
expect 'greylisting is on' 'greylist' in_vps 'grep -i "greylist" /etc/mailwizard/spec.toml'

part 'a domain and an account'
keys Home; press_until Down '> Add a domain' 10
keys Enter; see 'The domains this server receives'
keys '=third.lab' Enter; see '^ +third\.lab$'
keys Enter; see 'Accounts of the new domain come next'
keys '=bob@third.lab' Enter; see '^ +bob@third\.lab'
keys C-n; see 'Passwords were made for 1 account' 60
keys F2; see 'Passwords that were made'
bob=$(screen | sed -nE 's/^ *bob@third\.lab +([^ ]+)$/\1/p')
keys Escape; see 'a apply'; keys a; see 'is set up' 120
keys Enter; see 'Needs you'
see 'Domains +3: .*third\.lab' 60
check 'its records are published' lab publish --phase before
check 'its MX is published' lab publish --phase after
check 'its MX is seen' wait_for 15 client sh -c 'dig +short third.lab MX | grep -q mail.example.lab'
new_subject
check 'mail comes in' foreign carol@remote.lab bob@third.lab
password() { case $1 in bob) echo "$bob";; *) cat "$ROOT/tests/lab/answers/$1.pw";; esac; }
check 'and is read with the password that was made' wait_for 40 read_mail bob@third.lab INBOX

part 'one apply among others is undone'
keys Home; press_until Down '> History and undo' 20
keys Enter; see 'domain third\.lab added'
keys Down; see '> .*greylisting'
keys u; see 'u again does it'; keys u; see 'is undone|is set up' 120
keys Enter; see 'Needs you' 30
expect_not 'greylisting is off again' 'greylisting = true' vps cat /etc/mailwizard/spec.toml
expect 'the domain stays' 'third\.lab' vps cat /etc/mailwizard/spec.toml
keys q; see 'ended 130'

part 'the same as text'
expect 'status says it in one screen' '^mail\.example\.lab: (nothing|one thing|[0-9]+ things) needs? you\.$' mw status
expect 'with the certificate' '^  Certificate .*left; served on all' mw status
expect 'and as JSON' '"hostname": "mail\.example\.lab"' mw status --json
check 'on at most 24 lines' test "$(mw status 2>/dev/null | wc -l)" -le 24
finish
