# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# Postfix is to listen on an address that the machine does not have.
words='postfix does not come up after we changed the server address'
cause='postfix-configuration-invalid|postfix-down|port-closed'
fix=automatic
inject() { in_vps 'postconf -e inet_interfaces=198.51.100.77; systemctl restart postfix; true'; }
traffic() { send_in; }
prove() { arrives; }
