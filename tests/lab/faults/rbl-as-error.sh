# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# Block lists refuse the resolver, and Postfix takes the error for a listing.
words='suddenly all incoming mail is rejected, blocked using a block list'
cause='block-list-refuses-resolver'
fix=automatic
inject() { lab dns 'zone dnsbl.lab.' 'add 10.25.19.198.dnsbl.lab. 60 A 127.255.255.254' 'add 10.25.19.198.dnsbl.lab. 60 TXT "Error: open resolver; https://www.spamhaus.org/returnc/pub/198.51.100.10"'; set_main 'smtpd_recipient_restrictions=reject_rbl_client dnsbl.lab'; set_main smtp_address_preference=ipv4; }
traffic() { remote postconf -e smtp_address_preference=ipv4; send_in; sleep 1; }
prove() { arrives; }
mend() { lab dns 'zone dnsbl.lab.' 'del 10.25.19.198.dnsbl.lab. A' 'del 10.25.19.198.dnsbl.lab. TXT'; }
