# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The DKIM record has an empty key: it is revoked.
words='since last week all receivers say dkim fail'
cause='dkim-record-missing'
fix=instructions
inject() { s=$(vps ls /var/lib/mailwizard/dkim/example.lab | sed -n 's/.key//; /^r/p'); lab dns "del $s._domainkey.example.lab. TXT" "add $s._domainkey.example.lab. 60 TXT \"v=DKIM1; k=rsa; p=\""; }
mend() { lab dns "del $s._domainkey.example.lab. TXT"; lab publish --phase all; }
