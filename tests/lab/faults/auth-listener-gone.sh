# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# Dovecot has no login socket for Postfix.
words='nobody can send: no SASL authentication mechanisms'
cause='auth-service-gone'
fix=automatic
inject() { edit 's#private/auth#private/other#' /etc/dovecot/dovecot.conf; vps systemctl restart dovecot; in_vps 'rm -f /var/spool/postfix/private/auth; systemctl restart postfix'; }
traffic() { send_out; }
prove() { leaves; }
