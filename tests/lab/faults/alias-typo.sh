# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# An alias leads to an account that does not exist.
words='mail to postmaster@example.lab comes back: user unknown'
cause='alias-target-missing|edited-configuration|no-such-account|recipients-refused'
fix=automatic
inject() { in_vps 'sed -i "s/^postmaster@example.lab.*/postmaster@example.lab alcie@example.lab/" /etc/postfix/mailwizard/aliases; postfix reload'; }
traffic() { send_in postmaster@example.lab; sleep 2; }
