# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The reverse DNS entry is gone.
# quick
words='gmail: 550-5.7.25 the IP address does not have a PTR record'
cause='no-reverse-dns'
fix=instructions
inject() { lab dns 'zone 100.51.198.in-addr.arpa.' 'del 10.100.51.198.in-addr.arpa. PTR'; }
traffic() { send_out; }
mend() { lab publish --phase all; }
