# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The web form added the domain to the name a second time.
words='I published the dkim record but checkers do not find it'
cause='dkim-record-missing'
fix=instructions
inject() { s=$(vps ls /var/lib/mailwizard/dkim/example.lab | sed -n 's/.key//; /^r/p'); p=$(client dig +short "$s._domainkey.example.lab" TXT @198.18.53.20); lab dns "del $s._domainkey.example.lab. TXT" "add $s._domainkey.example.lab.example.lab. 60 TXT $p"; }
mend() { lab dns "del $s._domainkey.example.lab.example.lab. TXT"; lab publish --phase all; }
