# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# Dovecot has no LMTP socket for Postfix.
# quick
words='mail is accepted but does not get into the mailbox'
cause='mailbox-socket-gone'
fix=automatic
inject() { edit 's#private/dovecot-lmtp#private/other-lmtp#' /etc/dovecot/dovecot.conf; vps systemctl restart dovecot; in_vps 'rm -f /var/spool/postfix/private/dovecot-lmtp'; }
traffic() { send_in; sleep 3; }
prove() { arrives; }
