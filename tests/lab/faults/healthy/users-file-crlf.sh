# shellcheck shell=bash disable=SC2034
# The file of accounts was edited on Windows: Dovecot reads it all the same.
words='after I edited the users file nobody can log in'
inject() { in_vps 'sed -i "s/\$/\r/" /etc/dovecot/mailwizard-users; systemctl reload dovecot'; imap_login alice@example.lab; }
