# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# A header check puts all mail on hold.
words='mails are accepted but nothing arrives, nothing leaves'
cause='delivery-switched-off'
fix=automatic
inject() { in_vps 'echo "/^/ HOLD" > /etc/postfix/hold'; set_main header_checks=regexp:/etc/postfix/hold; }
traffic() { send_in; send_out; sleep 2; }
prove() { arrives; }
