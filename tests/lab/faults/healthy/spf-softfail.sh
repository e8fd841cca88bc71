# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# SPF ends in ~all and includes others.
words='gmail says unauthenticated'
inject() { lab dns 'del example.lab. TXT' 'add example.lab. 60 TXT "v=spf1 mx a include:remote.lab ~all"'; }
mend() { lab publish --phase all; }
