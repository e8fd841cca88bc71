# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The file of accounts was edited on Windows.
words='after I edited the users file nobody can log in'
cause='edited-configuration|stored-password-unreadable|login-broken'
fix=automatic
inject() { in_vps 'sed -i "s/\$/\r/" /etc/dovecot/mailwizard-users; systemctl reload dovecot'; }
traffic() { imap_login alice@example.lab || :; sleep 2; }
prove() { imap_login alice@example.lab; }
