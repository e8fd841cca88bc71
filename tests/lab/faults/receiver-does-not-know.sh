# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The address does not exist at the receiver.
words='the mail to bob@remote.lab came back'
cause='recipient-unknown-there'
fix=instructions
inject() { remote postconf -e 'smtpd_recipient_restrictions=check_recipient_access inline:{{bob@remote.lab=550 5.1.1 The email account that you tried to reach does not exist}}'; remote postfix reload; }
traffic() { send_out; sleep 1; }
mend() { remote postconf -e 'smtpd_recipient_restrictions=permit_mynetworks reject_unauth_destination reject_unknown_reverse_client_hostname'; remote postfix reload; }
