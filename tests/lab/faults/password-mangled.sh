# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The stored password of an account was spoiled by an editor.
words='alice@example.lab cannot log in although the password is right'
cause='stored-password-unreadable'
fix=automatic
inject() { in_vps 'sed -i "/^alice@/s/:{[A-Z0-9-]*}/:{SHA9}/" /etc/dovecot/mailwizard-users; doveadm auth cache flush; true'; }
traffic() { imap_login alice@example.lab; }
prove() { imap_login alice@example.lab; }
