# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# There are two SPF records.
words='mxtoolbox says multiple spf records'
cause='spf-wrong'
fix=instructions
inject() { lab dns 'add example.lab. 60 TXT "v=spf1 include:remote.lab ~all"'; }
mend() { lab dns 'del example.lab. TXT'; lab publish --phase all; }
