# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# A rule of the machine itself drops one address.
words='I cannot reach the server from the office 198.19.99.66, from elsewhere it works'
cause='own-rule-drops-client'
fix=instructions
inject() { in_vps 'nft add table inet mine; nft "add chain inet mine input { type filter hook input priority 0; policy accept; }"; nft add rule inet mine input ip saddr 198.19.99.66 drop'; }
