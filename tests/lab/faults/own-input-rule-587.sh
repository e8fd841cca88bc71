# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The operator's own firewall rejects the submission ports.
words='nobody can send mail any more, receiving works'
cause='own-rule-blocks-port'
fix=instructions
inject() { in_vps 'nft add table inet mine; nft "add chain inet mine input { type filter hook input priority 0; policy accept; }"; nft add rule inet mine input tcp dport { 465, 587 } reject with tcp reset'; }
traffic() { send_out; }
