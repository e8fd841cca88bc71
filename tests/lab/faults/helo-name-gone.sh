# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The host name has no address record at all.
words='504 5.5.2 Helo command rejected by the other side'
cause='host-address-wrong|helo-wrong'
also='host-address-wrong helo-wrong no-reverse-dns mx-wrong'
fix=instructions
inject() { lab dns 'del mail.example.lab. A' 'del mail.example.lab. AAAA'; }
mend() { lab publish --phase all; }
