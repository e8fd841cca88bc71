# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# Dovecot is stopped.
# quick
words='my phone can'\''t connect any more'
cause='dovecot-down'
fix=automatic
inject() { vps systemctl stop dovecot; }
traffic() { imap_login alice@example.lab; }
prove() { imap_login alice@example.lab; }
