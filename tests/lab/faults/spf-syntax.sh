# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The SPF record has a mechanism that is none.
words='outlook rejects our mail, something about authentication'
cause='spf-wrong'
fix=instructions
inject() { lab dns 'del example.lab. TXT' 'add example.lab. 60 TXT "v=spf1 ip:198.51.100.10 -all"'; }
mend() { lab dns 'del example.lab. TXT'; lab publish --phase all; }
