# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# A newsletter service is in the SPF record and signs with its own selector.
words='newsletter lands in spam'
inject() { lab dns 'del example.lab. TXT' 'add example.lab. 60 TXT "v=spf1 mx include:remote.lab -all"' 'add news._domainkey.example.lab. 60 CNAME lab._domainkey.remote.lab.'; }
mend() { lab dns 'del news._domainkey.example.lab. CNAME'; lab publish --phase all; }
