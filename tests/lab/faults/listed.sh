# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The server is on a block list.
words='we are on a blacklist'
cause='listed'
fix=instructions
inject() { lab dns 'zone dnsbl.lab.' 'add 10.100.51.198.dnsbl.lab. 60 A 127.0.0.2'; }
mend() { lab dns 'zone dnsbl.lab.' 'del 10.100.51.198.dnsbl.lab. A'; }
