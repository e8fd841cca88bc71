# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# Postfix speaks IPv6 only.
words='mail from some senders does not arrive, connection refused'
cause='port-closed'
fix=automatic
inject() { in_vps 'postconf -e inet_protocols=ipv6; systemctl restart postfix'; }
traffic() { send_in; }
prove() { arrives; }
