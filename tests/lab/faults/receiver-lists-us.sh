# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The receiver refuses us because a block list names us.
words='our mail to remote.lab bounces'
cause='listed'
fix=instructions
inject() { remote postconf -e 'smtpd_recipient_restrictions=check_recipient_access inline:{{bob@remote.lab=554 5.7.1 Service unavailable; Client host [198.51.100.10] blocked using bl.example.net; listed}}'; remote postfix reload; }
traffic() { send_out; sleep 1; }
mend() { remote postconf -e 'smtpd_recipient_restrictions=permit_mynetworks reject_unauth_destination reject_unknown_reverse_client_hostname'; remote postfix reload; }
