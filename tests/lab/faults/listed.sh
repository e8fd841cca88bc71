# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The server is on a block list, and has been longer than its resolver knows otherwise.
words='we are on a blacklist'
cause='listed'
fix=instructions
inject() { lab dns 'zone dnsbl.lab.' 'add 10.100.51.198.dnsbl.lab. 60 A 127.0.0.2'; in_vps 'unbound-control flush_zone dnsbl.lab || systemctl restart unbound'; }
mend() { lab dns 'zone dnsbl.lab.' 'del 10.100.51.198.dnsbl.lab. A'; in_vps 'unbound-control flush_zone dnsbl.lab || systemctl restart unbound'; }
