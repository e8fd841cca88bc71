# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The zone is full of other TXT records, another selector and another CAA.
words='mxtoolbox says something about our records'
inject() { lab dns 'add example.lab. 60 TXT "google-site-verification=abc"' 'add example.lab. 60 TXT "MS=ms123456"' 'add other._domainkey.example.lab. 60 TXT "v=DKIM1; p=MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE"' 'add example.lab. 60 CAA 0 iodef "mailto:postmaster@example.lab"'; }
mend() { lab dns 'del example.lab. TXT' 'del other._domainkey.example.lab. TXT' 'del example.lab. CAA'; lab publish --phase all; }
