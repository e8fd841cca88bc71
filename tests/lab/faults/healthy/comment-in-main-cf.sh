# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The operator left a note in main.cf and dovecot.conf.
words='my phone cannot connect'
inject() { in_vps 'echo "# my note" >> /etc/postfix/main.cf; echo "# my note" >> /etc/dovecot/dovecot.conf'; }
