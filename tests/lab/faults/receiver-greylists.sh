# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The receiver puts the first message off.
words='mail to bob@remote.lab is delayed'
cause='receiver-puts-off'
fix=instructions
inject() { remote postconf -e 'smtpd_recipient_restrictions=check_recipient_access inline:{{bob@remote.lab=450 4.2.0 Greylisted, see https://example.org/greylist}}'; remote postfix reload; }
traffic() { send_out; sleep 1; }
mend() { remote postconf -e 'smtpd_recipient_restrictions=permit_mynetworks reject_unauth_destination reject_unknown_reverse_client_hostname'; remote postfix reload; }
