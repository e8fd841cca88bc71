# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# A rule of this machine stops the resolver's questions.
words='DNS does not work on the server, mail stays in the queue'
cause='own-firewall-blocks-dns'
inject() { in_vps 'nft add table inet block; nft "add chain inet block out { type filter hook output priority 0; }"; nft add rule inet block out meta skuid unbound udp dport 53 drop; nft add rule inet block out meta skuid unbound tcp dport 53 drop; systemctl restart unbound'; }
traffic() { send_out; sleep 4; }
