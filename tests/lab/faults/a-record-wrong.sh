# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The address record leads elsewhere.
words='nobody can reach us, no incoming mail'
cause='host-address-wrong'
fix=instructions
inject() { lab dns 'del mail.example.lab. A' 'add mail.example.lab. 60 A 198.51.100.99'; }
mend() { lab publish --phase all; }
