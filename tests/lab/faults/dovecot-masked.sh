# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# Dovecot is masked and stopped.
words='imap is dead for everybody'
cause='dovecot-down'
fix=automatic
inject() { in_vps 'systemctl stop dovecot.socket dovecot 2>/dev/null; systemctl mask dovecot; true'; }
traffic() { imap_login alice@example.lab; }
prove() { imap_login alice@example.lab; }
