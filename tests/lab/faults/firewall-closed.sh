# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The firewall was switched on without the mail ports.
words='since I enabled the firewall nobody can connect to the server'
cause='firewall-closed'
fix=automatic
inject() { in_vps 'nft add table inet wall; nft "add chain inet wall input { type filter hook input priority 0; policy drop; }"; nft add rule inet wall input ct state established,related accept; nft add rule inet wall input iif lo accept; nft add rule inet wall input tcp dport { 22, 80 } accept; nft add rule inet wall input meta l4proto { icmp, icmpv6 } accept; nft add rule inet wall input udp sport 53 accept'; }
traffic() { send_in; }
prove() { arrives; }
