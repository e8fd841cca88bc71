# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# A typing error in dovecot.conf.
# quick
words='thunderbird cannot connect since I edited the config'
cause='dovecot-configuration-invalid'
fix=automatic
inject() { in_vps 'echo "servce lmtp {" >> /etc/dovecot/dovecot.conf; systemctl restart dovecot'; }
prove() { imap_login alice@example.lab; }
