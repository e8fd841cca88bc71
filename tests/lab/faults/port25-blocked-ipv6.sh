# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The hoster blocks outgoing port 25 over IPv6 only.
words='outgoing mail leaves only after minutes, connection timed out in the log'
cause='outbound-ipv6-broken'
fix=instructions
inject() { router nft add rule inet hoster forward iifname vps ip6 daddr ::/0 tcp dport 25 drop; }
traffic() { send_out; }
mend() { router nft flush chain inet hoster forward; router nft add rule inet hoster forward iifname vps tcp dport @blocked_out counter drop; }
