# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The line of an account is gone from the password file.
words='alice@example.lab cannot log in any more, everybody else can'
cause='account-missing'
also='login-name-wrong mailbox-refused'
fix=automatic
inject() { in_vps 'sed -i /^alice@/d /etc/dovecot/mailwizard-users; doveadm auth cache flush; true'; }
traffic() { imap_login alice@example.lab; }
prove() { imap_login alice@example.lab; }
