#!/bin/bash
# shellcheck disable=SC2016
# Each owner of /etc/resolv.conf: unbound is proved, then named through the owner; it stays so, and undo puts back exactly what was.
# long
. "$(dirname "$0")/lib.sh"
HOSTER=198.18.54.53
ANSWERS=/root/answers/resolver.toml
install() { in_vps "apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends -o Dpkg::Options::=--force-confold $1"; }
resolves() { vps getent hosts mx.remote.lab; }
# Who is asked, whether its word on DNSSEC is believed, and whether unbound has seen the question.
ours() { in_vps 'grep -qx "nameserver 127.0.0.1" /etc/resolv.conf && grep -q "^options.*trust-ad" /etc/resolv.conf && ! grep -q "$0" /etc/resolv.conf' "$HOSTER"; }
was() { # what undo must bring back: the link or the file to the byte, and every file of the owner's
  in_vps 'stat -c "%F %a %U" /etc/resolv.conf; readlink /etc/resolv.conf; grep -v "^#\|^;" /etc/resolv.conf
    find /etc/systemd/resolved.conf* /etc/NetworkManager /etc/resolvconf /etc/resolvconf.conf /etc/dhcp /etc/dhcpcd* -type f 2>/dev/null | sort | xargs -r sha256sum'
}
answers() { in_vps 'sed "s/^method = .*/method = \"self-signed\"/; /^directory = /d; /^root_file = /d; /^agree_to_terms = /d; s/^\[resolver\]/[protection]\nfail2ban = false\n\n&/" /root/answers/basic.toml > "$0"' "$ANSWERS"; }

walk() { # NAME OWNER-AS-SAID, after its set-up: RENEW rewrites resolv.conf as the owner would
  local name=$1
  must "$name: names are resolved beforehand" wait_for 10 resolves
  was > "$WORK/before" 2>&1
  must "$name: apply" set_up_program $ANSWERS
  check "$name: unbound is asked" ours
  check "$name: names are resolved" resolves
  expect "$name: and validated" 'secure' in_vps 'unbound-host -C /etc/unbound/unbound.conf -v mx.remote.lab 2>/dev/null || echo "$(unbound-control status 2>/dev/null)"'
  [ -z "$RENEW" ] || { check "$name: its owner writes again" in_vps "$RENEW"; check "$name: unbound is asked still" ours; }
  expect "$name: a second apply" 'Nothing to do' mw apply --answers $ANSWERS --yes
  check "$name: a reboot" lab reboot vps
  check "$name: unbound is asked after it" wait_for 15 ours
  check "$name: names are resolved after it" wait_for 15 resolves
  check "$name: undo" mw undo
  was > "$WORK/after" 2>&1
  check "$name: what was is back" diff "$WORK/before" "$WORK/after"
  check "$name: names are resolved" wait_for 10 resolves
  expect "$name: unbound does not run" '^(inactive|failed)' vps systemctl is-active unbound
}
begin() { # a VPS whose resolver is the hoster's
  part "$1"
  if [ -z "${UP:-}" ]; then fresh_vps stack; UP=1; else again_vps stack; fi
  must "$1: unbound is not in use yet" vps systemctl disable --now unbound
  must "$1: the answers" answers
}

begin 'a plain file'
in_vps 'printf "# the hoster'"'"'s\nsearch dnshost.lab\nnameserver %s\n" "$0" > /etc/resolv.conf; chmod 664 /etc/resolv.conf' $HOSTER
RENEW='' walk 'a plain file'
expect 'a plain file: its comment too' 'hoster' vps cat /etc/resolv.conf

begin 'systemd-resolved'
must 'systemd-resolved is installed' install systemd-resolved
in_vps 'mkdir -p /etc/systemd/resolved.conf.d; printf "[Resolve]\nDNS=%s\n" "$0" > /etc/systemd/resolved.conf.d/hoster.conf; systemctl restart systemd-resolved' $HOSTER
expect 'it owns a link' 'run/systemd/resolve' vps readlink /etc/resolv.conf
RENEW='systemctl restart systemd-resolved' walk 'systemd-resolved'
expect 'the link is back' 'run/systemd/resolve' vps readlink /etc/resolv.conf

begin 'resolvconf'
must 'resolvconf is installed' install resolvconf
in_vps 'echo "nameserver $0" > /etc/resolvconf/resolv.conf.d/base; ln -sf ../run/resolvconf/resolv.conf /etc/resolv.conf; resolvconf --enable-updates; resolvconf -u' $HOSTER
expect 'it owns a link' 'run/resolvconf' vps readlink /etc/resolv.conf
RENEW='echo "nameserver 198.18.54.53" | resolvconf -a eth0.test; resolvconf -d eth0.test; resolvconf -u' walk 'resolvconf'
expect 'the link is back' 'run/resolvconf' vps readlink /etc/resolv.conf

begin 'dhclient'
must 'dhclient and a DHCP server are installed' install 'isc-dhcp-client dnsmasq-base ifupdown'
in_vps 'cat >> /etc/network/interfaces <<I
auto lan0
iface lan0 inet dhcp
    pre-up ip link add lan0 type veth peer name lan1 && ip address add 10.99.0.1/24 dev lan1 && ip link set lan1 up
    pre-up dnsmasq --port=0 --interface=lan1 --bind-interfaces --dhcp-range=10.99.0.50,10.99.0.60,2m --dhcp-option=3 --dhcp-option=6,$0
I
ifup lan0' $HOSTER
RENEW='dhclient -r lan0; dhclient lan0' walk 'dhclient'

begin 'NetworkManager'
must 'NetworkManager is installed' install network-manager
in_vps 'systemctl start NetworkManager
  nmcli connection add type ethernet ifname eth0 con-name hoster ipv4.method manual ipv4.addresses 198.51.100.10/24 ipv4.gateway 198.51.100.1 ipv4.dns "$0" \
    ipv6.method manual ipv6.addresses 2001:db8:100::10/64 ipv6.gateway 2001:db8:100::1
  nmcli device set eth0 managed yes; nmcli connection up hoster' $HOSTER > "$WORK/out" 2>&1
expect 'it owns the file' 'Generated by NetworkManager' vps cat /etc/resolv.conf
RENEW='nmcli connection up hoster; systemctl restart NetworkManager; sleep 1' walk 'NetworkManager'
expect 'the file is its own' 'Generated by NetworkManager' vps cat /etc/resolv.conf
finish
