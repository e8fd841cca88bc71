# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# smtpd_recipient_restrictions ends in reject.
words='all senders get Recipient address rejected: Access denied'
cause='recipients-refused'
fix=automatic
inject() { set_main 'smtpd_recipient_restrictions=permit_mynetworks reject'; }
traffic() { send_in; }
prove() { arrives; }
