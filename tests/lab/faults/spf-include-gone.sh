# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The SPF record includes a domain that does not exist.
words='mail to gmail is rejected 550 5.7.26'
cause='spf-wrong'
fix=instructions
inject() { lab dns 'del example.lab. TXT' 'add example.lab. 60 TXT "v=spf1 include:_spf.gone.lab mx -all"'; }
mend() { lab publish --phase all; }
