# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The DMARC record has a spelling error.
words='dmarc record invalid says the checker'
cause='dmarc-wrong'
fix=instructions
inject() { lab dns 'del _dmarc.example.lab. TXT' 'add _dmarc.example.lab. 60 TXT "v=DMARC1; p=nonsense"'; }
mend() { lab dns 'del _dmarc.example.lab. TXT'; lab publish --phase all; }
