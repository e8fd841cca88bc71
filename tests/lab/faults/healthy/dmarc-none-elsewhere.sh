# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The DMARC record has other tags than ours, and they are right.
words='dmarc fail'
inject() { lab dns 'del _dmarc.example.lab. TXT' 'add _dmarc.example.lab. 60 TXT "v=DMARC1; p=quarantine; pct=100; adkim=r; aspf=r; fo=1"'; }
mend() { lab dns 'del _dmarc.example.lab. TXT'; lab publish --phase all; }
