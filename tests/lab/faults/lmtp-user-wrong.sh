# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The socket of LMTP belongs to another user.
words='mails are accepted and then deferred: lmtp permission denied'
cause='mailbox-socket-gone'
fix=automatic
inject() { in_vps 'chown root:root /var/spool/postfix/private/dovecot-lmtp'; }
traffic() { send_in; sleep 3; }
prove() { arrives; }
