# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# main.cf was edited on Windows.
words='postfix does weird things since I edited main.cf on Windows'
cause='edited-configuration|postfix-configuration-invalid'
fix=automatic
inject() { in_vps 'sed -i "s/\$/\r/" /etc/postfix/main.cf; systemctl reload postfix'; }
traffic() { send_in; send_out; sleep 2; }
prove() { arrives; }
