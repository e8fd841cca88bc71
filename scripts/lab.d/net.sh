# shellcheck shell=bash
# Namespaces, links and routes. The router namespace has no link to the outside, so nothing can leak out.

all_hosts() { awk 'NF { print $1 }' <<< "$LAB_HOSTS"; }
addresses() { awk -v h="$1" '$1 == h { print $2, $3 }' <<< "$LAB_HOSTS"; }

net_host() { # HOST: a new, empty namespace with its link to the router (so a boot forgets nft rules, bridges, routes)
  local h=$1 v4 v6 a r=$LAB_PFX-router n=$LAB_PFX-$1
  read -r v4 v6 <<< "$(addresses "$h")"
  if ip netns del "$n" 2>/dev/null; then ip -n "$r" link del "$h" 2>/dev/null || :; fi
  ip netns add "$n"
  # a namespace that something still holds open keeps its end of the link for a while
  ip -n "$r" link del "$h" 2>/dev/null || :
  ip link add eth0 netns "$n" type veth peer name "$h" netns "$r"
  { echo 'link set lo up'; echo 'link set eth0 up'
    for a in ${v4//,/ }; do echo "addr add $a dev eth0"; done
    for a in ${v6//,/ }; do echo "addr add $a dev eth0 nodad"; done; } | ip -n "$n" -batch -
  v4=${v4%%,*}; v6=${v6%%,*}
  { echo "link set $h up"; echo "addr add ${v4%.*}.1/24 dev $h"; echo "addr add ${v6%%::*}::1/64 dev $h nodad"; } | ip -n "$r" -batch -
  { echo "route add default via ${v4%.*}.1"; echo "route add ::/0 via ${v6%%::*}::1"; } | ip -n "$n" -batch -
}
net_up() {
  local h a r=$LAB_PFX-router
  ip netns add "$r"
  ip -n "$r" link set lo up
  ip netns exec "$r" sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
  for h in $(all_hosts); do net_host "$h"; done
  # the hoster's filter; `lab port25 blocked` puts 25 into the set
  ip netns exec "$r" nft -f - <<'N'
table inet hoster {
  set blocked_out { type inet_service; }
  chain forward { type filter hook forward priority 0; policy accept;
    iifname "vps" tcp dport @blocked_out counter drop
  }
}
N
  # Outside the lab its addresses lead nowhere: a command that runs in the wrong namespace fails and does not leak.
  routes_locked
  touch "$LABS/$LAB_PFX"
  # every systemd takes a dozen inotify instances of root's: the usual 128 do not last for two labs
  if [ "$(sysctl -n fs.inotify.max_user_instances)" -lt 4096 ]; then
    sysctl -n fs.inotify.max_user_instances > "$LABS.inotify"; sysctl -qw fs.inotify.max_user_instances=4096 2>/dev/null || :
  fi
  for a in $LAB_RANGES4; do ip route replace prohibit "$a"; done
  for a in $LAB_RANGES6; do ip -6 route replace prohibit "$a" 2>/dev/null || :; done   # a machine without IPv6 cannot leak there
  exec 6>&-
}
net_down() {
  local h a other=0
  for h in $(all_hosts) router; do ip netns del "$LAB_PFX-$h" 2>/dev/null || :; done
  # the routes are shared by all labs of the machine: only the last one takes them away
  routes_locked
  rm -f "$LABS/$LAB_PFX"
  for h in "$LABS"/*; do
    [ -e "$h" ] || continue
    if [ -e "/run/netns/${h##*/}-router" ]; then other=1; else rm -f "$h"; fi
  done
  if [ $other = 0 ]; then
    if [ -e "$LABS.inotify" ]; then sysctl -qw "fs.inotify.max_user_instances=$(cat "$LABS.inotify")" 2>/dev/null || :; rm -f "$LABS.inotify"; fi
    for a in $LAB_RANGES4; do ip route del prohibit "$a" 2>/dev/null || :; done
    for a in $LAB_RANGES6; do ip -6 route del prohibit "$a" 2>/dev/null || :; done
  fi
  exec 6>&-
}
LABS=/run/mailwizard-labs
routes_locked() { mkdir -p "$LABS"; exec 6> "$LABS.lock"; flock 6; }

cmd_port25() { case ${1:-} in blocked) cmd_block 25;; open) cmd_unblock 25;; *) die 'port25: open | blocked';; esac; }
cmd_block() { ip netns exec "$LAB_PFX-router" nft add element inet hoster blocked_out "{ ${1:?port} }"; }
cmd_unblock() { ip netns exec "$LAB_PFX-router" nft delete element inet hoster blocked_out "{ ${1:?port} }" 2>/dev/null || :; }
