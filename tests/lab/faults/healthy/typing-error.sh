# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# A user mistyped one address.
words='our outgoing mail does not leave'
inject() { in_vps "printf 'Subject: x\n\nx\n' | sendmail -f alice@example.lab bob@remotte.lab"; sleep 2; }
