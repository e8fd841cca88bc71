# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The IPv6 address record leads to another machine.
words='some people say that our server times out when they write to us'
cause='host-address-wrong'
fix=instructions
inject() { lab dns 'del mail.example.lab. AAAA' 'add mail.example.lab. 60 AAAA 2001:db8:100::99'; }
mend() { lab publish --phase all; }
