# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The DS record at the registry is not that of the zone: everything is bogus.
words='some providers cannot deliver to us, the domain gives SERVFAIL'
cause='dnssec-broken'
fix=instructions
inject() { ds=$(client dig +short example.lab DS @198.18.53.11); registry 'del example.lab. DS' 'add example.lab. 60 DS 12345 13 2 00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF'; in_vps 'unbound-control flush_zone example.lab || systemctl restart unbound'; }
mend() { registry 'del example.lab. DS' "add example.lab. 60 DS $ds"; vps systemctl restart unbound; lab exec resolver systemctl restart unbound; }
