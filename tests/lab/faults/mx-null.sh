# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The domain says that it takes no mail at all.
words='mail to us bounces: domain does not accept mail'
cause='mx-wrong'
fix=instructions
inject() { lab dns 'del example.lab. MX' 'add example.lab. 60 MX 0 .'; }
mend() { lab publish --phase all; }
