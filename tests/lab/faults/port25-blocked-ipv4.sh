# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The hoster blocks outgoing port 25 over IPv4 only.
words='mail to some domains times out on port 25'
cause='port-25-blocked'
fix=instructions
inject() { router nft add rule inet hoster forward iifname vps ip daddr 0.0.0.0/0 tcp dport 25 drop; }
traffic() { send_out; }
mend() { router nft flush chain inet hoster forward; router nft add rule inet hoster forward iifname vps tcp dport @blocked_out counter drop; }
