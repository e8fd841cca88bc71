# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# Postfix listens on loopback only.
# quick
words='nobody can send to me, they get connection refused'
cause='port-closed'
fix=automatic
inject() { set_main inet_interfaces=loopback-only; vps systemctl restart postfix; }
traffic() { send_in; }
prove() { arrives; }
