# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The machine has lost its way to the world.
words='nothing works any more, no mail in and no mail out'
cause='no-route'
fix=instructions
inject() { in_vps 'ip route del default; ip -6 route del default'; }
traffic() { send_out; }
mend() { in_vps 'ip route add default via 198.51.100.1; ip -6 route add default via 2001:db8:100::1'; }
