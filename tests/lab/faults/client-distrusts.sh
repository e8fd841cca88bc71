# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# A client refuses the certificate, because it knows the authority not.
words='an old device says the certificate is not trusted'
cause='client-distrusts-certificate'
fix=instructions
traffic() { client sh -c 'curl -sS --max-time 6 -u a:b imaps://mail.example.lab/; curl -sS --max-time 6 --ssl-reqd smtp://mail.example.lab:587 --mail-from a@example.lab --mail-rcpt b@remote.lab -T /etc/hostname'; }
