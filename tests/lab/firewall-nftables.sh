#!/bin/bash
# No firewall: said, and left. Then /etc/nftables.conf drops what comes in: our ports are let in and stay so, SSH is never shut.
# long
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/firewall/walk.sh"
fresh_vps stack
prepare_ssh
expect 'no firewall is active: it is said' 'No firewall is active on this machine; none is switched on' mw plan --answers $ANSWERS
conf() { cat <<'N'
#!/usr/sbin/nft -f
flush ruleset
table inet filter {
	chain input {
		type filter hook input priority filter; policy drop;
		ct state established,related accept
		iif lo accept
		icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-advert, echo-request } accept
		tcp dport { 22, 2222, 993, 8443 } ct state new accept comment "the operator's"
	}
}
N
}
conf > "$WORK/conf"
lab put vps "$WORK/conf" /etc/nftables.conf
must 'nftables is active' vps systemctl enable --now nftables
FIREWALL=nftables FOR_GOOD='^insert rule inet filter input tcp dport .25,80,465,587. accept' SLOW=/usr/sbin/nft
rules() { in_vps 'nft list table inet filter; cat /etc/nftables.conf'; }
walk
check '/etc/nftables.conf is the same to the byte' in_vps 'sha256sum < /etc/nftables.conf | grep -q "$0"' "$(sha256sum < "$WORK/conf" | cut -d" " -f1)"
finish
