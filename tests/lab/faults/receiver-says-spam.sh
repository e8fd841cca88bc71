# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The receiver calls the message spam.
words='gmail refuses our mail: likely unsolicited mail'
cause='receiver-calls-it-spam'
fix=instructions
inject() { remote postconf -e 'smtpd_recipient_restrictions=check_recipient_access inline:{{bob@remote.lab=550 5.7.1 [198.51.100.10] Our system has detected that this message is likely unsolicited mail}}'; remote postfix reload; }
traffic() { send_out; sleep 1; }
mend() { remote postconf -e 'smtpd_recipient_restrictions=permit_mynetworks reject_unauth_destination reject_unknown_reverse_client_hostname'; remote postfix reload; }
