# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The MX is an IP address.
words='nobody can send mail to me, it bounces with host not found'
cause='mx-wrong'
fix=instructions
inject() { lab dns 'del example.lab. MX' 'add example.lab. 60 MX 10 198.51.100.10.'; }
mend() { lab publish --phase all; }
