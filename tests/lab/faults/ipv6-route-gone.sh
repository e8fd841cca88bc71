# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# IPv6 has an address but no way out.
words='the log says Network is unreachable'
cause='outbound-ipv6-broken'
fix=instructions
inject() { in_vps 'ip -6 route del default; postconf -e smtp_address_preference=ipv6; postfix reload'; }
traffic() { send_out; sleep 1; }
mend() { in_vps 'ip -6 route add default via 2001:db8:100::1'; }
