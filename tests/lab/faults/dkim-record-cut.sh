# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The DKIM record was cut at 255 characters by a web form.
# quick
words='dkim=fail at gmail, the key seems to be published'
cause='dkim-record-missing'
fix=instructions
inject() { s=$(vps ls /var/lib/mailwizard/dkim/example.lab | sed -n 's/.key//; /^r/p'); p=$(client dig +short "$s._domainkey.example.lab" TXT @198.18.53.20 | tr -d '" ' | cut -c1-250); lab dns "del $s._domainkey.example.lab. TXT" "add $s._domainkey.example.lab. 60 TXT \"$p\""; }
mend() { lab dns "del $s._domainkey.example.lab. TXT"; lab publish --phase all; }
