#!/bin/bash
# Run again: the server's home screen, by keys. Its state, a hand edit, a setting, domains, DKIM keys, accounts, aliases,
# timers, an apply undone, `status` in one screen.
# long
# suites: trixie
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=tui/terminal.sh
. "$(dirname "$0")/tui/terminal.sh"
fresh_vps stack
set_up
let_operator_in

# The page as it was before the key may show what is waited for next.
to_the_top() { keys Home; sleep 1; }

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
to_the_top; press_until Down '> .*main\.cf' 8
keys Enter; see 'Changed by you'
keys Enter; see 'delay_warning_time'; keys Escape
keys k; see 'stays as it is' 60
keys a; see 'Apply'; see '\[ok\] +mail\.example\.lab is set up|is set up' 120
keys Enter; see 'Needs you +([^. ]|\[)' 60
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

part 'a domain, its first account, and its records alone'
to_the_top; press_until Down '> Add a domain' 10
keys Enter; see 'Receive and send mail for another domain'
keys '=third.lab' Enter Space; see 'quarantine'
keys Enter '=bob' Enter
see 'Passwords were made for [0-9]+ account' 60
keys F2; see 'Passwords that were made'
bob=$(screen | sed -nE 's/^ *bob@third\.lab +([^ ]+)$/\1/p')
keys Escape; see 'a apply'; keys a; see 'is set up' 120
keys Enter; see 'DNS for third\.lab' 30; see '0 of [0-9]+ are there; looked at' 60
refuse 'the records of other domains are not shown' seen 'second\.lab'
check 'its records are published' lab publish --phase before
check 'its MX is published' lab publish --phase after
settle
keys r; see '([0-9]+) of \1 are there' 90
ok 'the page turns green by itself'
keys Escape; see 'Needs you'
see 'Domains +3: .*third\.lab' 60
new_subject
check 'mail comes in' foreign carol@remote.lab bob@third.lab
password() { case $1 in bob|robert) echo "$bob";; eve) echo "$eve";; *) cat "$ROOT/tests/lab/answers/$1.pw";; esac; }
check 'and is read with the password that was made' wait_for 40 read_mail bob@third.lab INBOX

part 'an account is found, limited and called otherwise in one apply'
keys /; see 'Search:'; keys '=third' Enter; see '> bob@third\.lab +[0-9.]+ k?B +- +20'
ok 'its size and its last login are listed'
keys Enter; see '> New password'; keys Down Enter; see '> Limit'; keys '=500M' Enter; see 'Review'
keys Escape; see '> bob@third\.lab .*500M'
keys Enter; see '> New password'; keys Down Down Enter; see 'New address'; keys '=robert@third.lab' Enter Enter; see 'a apply' 60
see 'must log in as'; keys a; see 'is set up' 120; keys Enter; see 'Needs you'
check 'the mail went along, and the password stays' wait_for 40 read_mail robert@third.lab INBOX
new_subject
check 'mail to the old address arrives too' foreign carol@remote.lab bob@third.lab
check 'in the renamed account' wait_for 40 read_mail robert@third.lab INBOX

part 'new DKIM keys, from made to signing'
to_the_top; press_until Down '> Domains and DNS records' 12; keys Enter; see 'third\.lab'
press_until Down '> third\.lab' 8; keys Enter; press_until Down '> DKIM keys' 6; keys Enter
see 'r20[0-9]{2}a +signs +published' 60; see '> Make new keys'
keys Enter; see 'r20[0-9]{2}b +is to sign next +not published' 60
refuse 'they cannot sign before their records are there' seen 'Sign with'
check 'their records are published' lab publish --phase before
settle
press_until r '> Sign with r20[0-9]{2}b and e20[0-9]{2}b' 40
ok 'now signing can switch'
keys Enter; see 'a apply' 60; keys a; see 'is set up' 120; keys Enter; see 'Needs you'
signed_with_the_new_key() {
  new_subject
  sent_by robert@third.lab "$bob" bob@remote.lab && wait_for 20 judged && judged | grep -q 's=r20[0-9][0-9]b'
}
check 'mail is signed with the new key' wait_for 60 signed_with_the_new_key
expect 'which is found good' 'dkim=pass' judged
to_the_top; press_until Down '> Domains and DNS records' 12; keys Enter; see 'third\.lab'
press_until Down '> third\.lab' 8; keys Enter; press_until Down '> DKIM keys' 6; keys Enter
see 'r20[0-9]{2}a +stopped; stays to 20[0-9-]+ +published' 60; see 'Leave the records of r'
ok 'the old records stay for a week'
in_vps 'sed -i "s/^stopped = .*/stopped = \"2026-01-01T00:00:00Z\"/" /var/lib/mailwizard/dkim/third.lab/keys.toml'
keys r; see 'r20[0-9]{2}a +its record may go' 60
year=$(date +%Y)
lab dns "del r${year}a._domainkey.third.lab. TXT" "del e${year}a._domainkey.third.lab. TXT" > /dev/null
press_until r '> Make new keys' 40
refuse 'once they are down the old keys are gone from the list' seen 'r20[0-9]{2}a'
keys Escape; keys Escape; keys Escape; see 'Needs you'

part 'an account is disabled, and let in again'
keys /; see 'Search:'; keys '=robert' Enter Enter; see '> New password'
press_until Down '> Disable' 5; keys Enter; see 'a apply' 60; keys a; see 'is set up' 120; keys Enter; see 'Needs you'
refuse 'nobody can log in' read_mail robert@third.lab INBOX
new_subject
check 'its mail is still taken' foreign carol@remote.lab robert@third.lab
keys /; see 'Search:'; keys '=robert' Enter Enter; see '> New password'
press_until Down '> Enable' 5; keys Enter; see 'a apply' 60; keys a; see 'is set up' 120; keys Enter; see 'Needs you'
check 'and read afterwards' wait_for 40 read_mail robert@third.lab INBOX

part 'a new account, an alias that leads to it, and its end'
to_the_top; press_until Down '> Accounts and aliases' 12; keys Enter; see 'alice@example\.lab'
keys n; see 'Add an account'; keys '=eve@example.lab' Enter Enter Enter Enter Enter; see 'Passwords were made for [0-9]+ account' 60
keys F2; see 'Passwords that were made'
eve=$(screen | sed -nE 's/^ *eve@example\.lab +([^ ]+)$/\1/p')
keys Escape; see 'a apply'; keys Escape; see 'eve@example\.lab .*new'
keys l; see 'Add an alias'; keys '=sales@example.lab' Enter '=eve@example.lab, alice@example.lab' Enter; see 'a apply' 60
keys a; see 'is set up' 120; keys Enter; see 'Needs you'
new_subject
check 'mail to the alias comes in' foreign carol@remote.lab sales@example.lab
check 'one of the two has it' wait_for 40 read_mail eve@example.lab INBOX
check 'and so has the other' wait_for 40 read_mail alice@example.lab INBOX
keys /; see 'Search:'; keys '=eve' Enter Enter; see '> New password'
press_until Down '> Remove' 6; keys Enter; see 'Its mail'
keys Left; see 'is removed for good'; keys Enter Enter; see "type 'eve@example\.lab' here to confirm it"
keys '=eve@example.lab' Enter; see 'a apply' 60; see 'sales@example\.lab. leads to it no more'
keys a; see 'is set up' 120; keys Enter; see 'Needs you'
expect_not 'its mail is gone' 'eve' vps ls /var/vmail/example.lab
expect 'who sends to it is told' '<\*\* 550 5\.1\.1' spammer --server mail.example.lab --from x@remote.lab --to eve@example.lab

part 'other runs while something is not applied'
must 'a verb adds an account meanwhile' mw account add gina@example.lab --generate --yes
to_the_top; press_until Down '> Accounts and aliases' 12; keys Enter; see 'alice@example\.lab'
keys n; see 'Add an account'; keys '=frank@example.lab' Enter Enter Enter Enter Enter; see 'a apply' 60
see 'Another run changed this server'
keys Escape; see 'frank@example\.lab'; see 'gina@example\.lab'; keys Escape; see 'did not apply them'; keys q; see 'ended 130'
refuse 'no verb mixes with what was accepted' mw account remove gina@example.lab --yes
must 'which is forgotten' mw apply --forget
must 'then an account is removed' mw account remove gina@example.lab --yes
open_session mailwizard
see 'what you had changed here goes on top of' 30
keys Home Enter; see 'a apply' 60; keys F2; see 'frank@example\.lab'; keys Escape; see 'a apply'; keys a; see 'is set up' 120
keys Enter; see 'Needs you'
expect 'the new account is there' 'frank@example\.lab' mw account list
expect_not 'the removed one does not come back' 'gina@example\.lab' mw account list

part 'what runs by itself'
keys End; see '> Settings'; keys Enter; see '> Host name'; press_until Down '> What runs by itself' 8; keys Enter
see '\[on\] +renews the certificate in time' 60; see '\[on\] +.*mails what changed' 60
keys Home Space; see 'a apply' 60; keys a; see 'is set up' 120; keys Enter; see 'Needs you'
expect 'the timer of the renewal is off' 'not-found|inactive|could not be found' in_vps 'systemctl is-active mailwizard-renew.timer; systemctl status mailwizard-renew.timer 2>&1'
expect 'the nightly one goes on' '^active' vps systemctl is-active mailwizard-nightly.timer
# The page opens where it was left.
keys End; see '> Settings'; keys Enter; see '> What runs by itself'; keys Enter
see '\[off\] +renews the certificate in time' 60
press_until Down '> \[off\]' 4; keys Space; see 'a apply' 60; keys a; see 'is set up' 120; keys Enter; see 'Needs you'
expect 'and it is on again' '^active' vps systemctl is-active mailwizard-renew.timer

part 'one apply among others is undone'
to_the_top; press_until Down '> History and undo' 20
keys Enter; see 'domain third\.lab added'
press_until Down '> .*greylisting' 20
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
