# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The SPF record does not name the server.
# quick
words='gmail says unauthenticated'
cause='spf-wrong'
fix=instructions
inject() { lab dns 'del example.lab. TXT' 'add example.lab. 60 TXT "v=spf1 ip4:203.0.113.9 -all"'; }
traffic() { send_out; }
mend() { lab publish --phase all; }
