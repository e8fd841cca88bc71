# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# A rule of the machine itself drops outgoing port 25.
words='outgoing mail is stuck, connection timed out'
cause='own-firewall-blocks-25'
fix=instructions
inject() { in_vps 'nft add table inet mine; nft "add chain inet mine output { type filter hook output priority 0; }"; nft add rule inet mine output tcp dport 25 drop'; }
traffic() { send_out; }
