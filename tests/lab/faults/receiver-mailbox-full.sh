# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The mailbox of the receiver is full.
words='mail to bob@remote.lab comes back: over quota'
cause='receiver-mailbox-full'
fix=instructions
inject() { remote postconf -e 'smtpd_recipient_restrictions=check_recipient_access inline:{{bob@remote.lab=552 5.2.2 The recipients inbox is full, over quota}}'; remote postfix reload; }
traffic() { send_out; sleep 1; }
mend() { remote postconf -e 'smtpd_recipient_restrictions=permit_mynetworks reject_unauth_destination reject_unknown_reverse_client_hostname'; remote postfix reload; }
