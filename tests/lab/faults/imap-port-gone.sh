# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# Dovecot does not listen on 993 any more.
words='imap connection failed on all devices'
cause='client-ports-closed'
fix=automatic
inject() { edit 's/port = 993/port = 994/' /etc/dovecot/dovecot.conf; vps systemctl restart dovecot; }
traffic() { imap_login alice@example.lab; }
prove() { imap_login alice@example.lab; }
