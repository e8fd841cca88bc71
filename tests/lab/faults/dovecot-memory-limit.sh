# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# In the operator's own folder imap may use far too little memory.
words='imap dies when I open a big folder: out of memory'
cause='dovecot-memory-limit'
inject() { in_vps 'mkdir -p /etc/dovecot/local.d; printf "service imap {\n  vsz_limit = 10M\n}\n" > /etc/dovecot/local.d/x.conf; systemctl restart dovecot'; }
traffic() { imap_login alice@example.lab || :; sleep 2; }
