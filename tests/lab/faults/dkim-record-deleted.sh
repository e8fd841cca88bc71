# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The DKIM records are gone.
# quick
words='receivers say dkim=none, our signature is missing'
cause='dkim-record-missing'
fix=instructions
inject() { for s in $(client dig +short @198.18.53.20 example.lab AXFR 2>/dev/null | cut -d' ' -f1) ; do :; done; for s in $(vps ls /var/lib/mailwizard/dkim/example.lab | sed 's/.key//'); do lab dns "del $s._domainkey.example.lab. TXT"; done; }
traffic() { send_out; }
mend() { lab publish --phase all; }
