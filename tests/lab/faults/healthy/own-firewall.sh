# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The operator runs a firewall of his own that lets mail through.
words='my phone cannot connect'
inject() { in_vps 'nft add table inet own; nft "add chain inet own input { type filter hook input priority 0; policy drop; }"; nft add rule inet own input ct state established,related accept; nft add rule inet own input iif lo accept; nft add rule inet own input tcp dport { 22, 25, 80, 465, 587, 993 } accept; nft add rule inet own input meta l4proto { icmp, icmpv6 } accept; nft add rule inet own input tcp dport 23 drop; nft add rule inet own input ip saddr 203.0.113.66 drop; nft "add chain inet own output { type filter hook output priority 0; policy accept; }"; nft add rule inet own output tcp dport 6667 drop'; }
