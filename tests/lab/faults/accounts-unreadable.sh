# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# Dovecot may not read its accounts.
words='the password is right but nobody can log in'
cause='account-file-unreadable'
fix=automatic
inject() { in_vps 'chown root:root /etc/dovecot/mailwizard-users; chmod 600 /etc/dovecot/mailwizard-users; systemctl restart dovecot'; }
traffic() { imap_login alice@example.lab; }
prove() { imap_login alice@example.lab; }
