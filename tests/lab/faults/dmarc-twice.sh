# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# There are two DMARC records.
words='dmarc record not found says the checker, but it is there'
cause='dmarc-wrong'
fix=instructions
inject() { lab dns 'add _dmarc.example.lab. 60 TXT "v=DMARC1; p=reject"'; }
mend() { lab dns 'del _dmarc.example.lab. TXT'; lab publish --phase all; }
