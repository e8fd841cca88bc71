# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The DKIM record holds the quotes that belong to the zone file.
words='dkim record invalid according to mxtoolbox'
cause='dkim-record-missing'
fix=instructions
inject() { s=$(vps ls /var/lib/mailwizard/dkim/example.lab | sed -n 's/.key//; /^r/p'); p=$(client dig +short "$s._domainkey.example.lab" TXT @198.18.53.20 | tr -d '" '); lab dns "del $s._domainkey.example.lab. TXT" "add $s._domainkey.example.lab. 60 TXT \"\\\"${p:0:200}\" \"\\\" \\\"${p:200}\\\"\""; }
mend() { lab dns "del $s._domainkey.example.lab. TXT"; lab publish --phase all; }
