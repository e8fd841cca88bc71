# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# A header check refuses every message.
words='all mail to us comes back: message content rejected'
cause='content-check-refuses'
fix=automatic
inject() { in_vps 'echo "/^Subject:/ REJECT message content rejected" > /etc/postfix/own_checks'; set_main header_checks=regexp:/etc/postfix/own_checks; }
traffic() { send_in; sleep 1; }
prove() { arrives; }
