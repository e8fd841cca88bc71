# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The published TLSA record is of an older certificate.
words='posteo and other servers with DANE cannot deliver to us any more'
cause='dane-record-wrong'
fix=instructions
inject() { lab dns 'del _25._tcp.mail.example.lab. TLSA' 'add _25._tcp.mail.example.lab. 60 TLSA 3 1 1 0000000000000000000000000000000000000000000000000000000000000000'; }
mend() { lab dns 'del _25._tcp.mail.example.lab. TLSA'; lab publish --phase all; }
