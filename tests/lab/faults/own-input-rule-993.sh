# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# A rule of the machine itself drops port 993.
words='my phone gets no connection to imap'
cause='own-rule-blocks-port'
fix=instructions
inject() { in_vps 'nft add table inet mine; nft "add chain inet mine input { type filter hook input priority 0; policy accept; }"; nft add rule inet mine input tcp dport 993 drop'; }
traffic() { imap_login alice@example.lab; }
