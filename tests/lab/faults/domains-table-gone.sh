# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The table of domains is gone.
words='all mail to us is put off with 451 4.3.0 temporary lookup failure'
cause='table-unreadable'
fix=automatic
inject() { vps rm /etc/postfix/mailwizard/domains; vps systemctl restart postfix; }
traffic() { send_in; }
prove() { arrives; }
