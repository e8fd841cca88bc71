# shellcheck shell=bash disable=SC2034
# What brings the lab up and takes it down.

locked() { # one up, down, reset, reboot or save at a time, for each prefix
  if [ "${LAB_HELD:-}" != "$LAB_PFX" ]; then
    exec 8> "/run/mailwizard-lab-$LAB_PFX.run"
    flock -n 8 || die "a scenario or a try runs in the lab $LAB_PFX: wait for its end, or take another LAB_PFX"
    exec 8>&-
  fi
  exec 9> "/run/mailwizard-lab-$LAB_PFX.lock"
  flock -n 9 || { echo "lab: waiting for another command of the lab $LAB_PFX" >&2; flock -w 600 9; } || die "another command holds the lab $LAB_PFX"
}
cmd_up() { # [SUITE] [LAYER]
  local suite=${1:-$LAB_SUITE} layer=${2:-} h
  case $suite in bookworm|trixie) ;; *) die "no such suite: $suite (bookworm, trixie)";; esac
  can_run || exit 77
  cmd_down 2>/dev/null
  cmd_build infra "$suite"; find_mirror
  [ -z "$layer" ] || [ -d "$LAB_CACHE/layer-$suite-$layer" ] || cmd_layer "$suite" "$layer"
  T0=$(date +%s%N)
  mkdir -p "$LAB_RUN/shared"
  net_up; pki; say 'network and PKI'
  mirror_up
  for h in $LAB_INFRA; do mkdir -p "$LAB_RUN/$h"; fill_infra "$h"; boot_host "$h" "$LAB_CACHE/infra"; done
  vps_boot "$suite" "$layer"
  for h in $LAB_INFRA vps; do wait_host "$h"; done; say 'all hosts have finished booting'
  trust_pebble
  say "up: a fresh $suite VPS at $LAB_VPS4"
}
mirror_up() {
  local cg=$CG/$LAB_PFX-mirror off=()
  [ "$LAB_OFFLINE" != 1 ] || off=(APTPROXY_OFFLINE=1)
  mkdir -p "$cg"
  # shellcheck disable=SC2016
  setsid bash -c 'echo $$ > "$0/cgroup.procs"; exec "$@"' "$cg" env "${off[@]}" /usr/bin/python3 "$LAB_HOME/bin/aptproxy.py" \
    "/run/netns/$LAB_PFX-mirror" 198.18.81.80,2001:db8:81::80 80 "$LAB_CACHE/apt" "$LAB_MIRROR" "$LAB_MIRROR_SECURITY" \
    > "$LAB_RUN/mirror.log" 2>&1 < /dev/null 9>&- &
}
cmd_reset() { # [SUITE] [LAYER]
  local suite=${1:-$(cat "$LAB_RUN/vps/suite" 2>/dev/null || :)}
  if [ -z "$suite" ] || [ ! -d "$LAB_RUN/shared" ]; then die 'the lab is not up (lab up)'; fi
  cmd_build "$suite"
  [ -z "${2:-}" ] || [ -d "$LAB_CACHE/layer-$suite-$2" ] || cmd_layer "$suite" "$2"
  T0=$(date +%s%N)
  kill_host vps; rm -rf "$LAB_RUN/vps"; net_host vps
  vps_boot "$suite" "${2:-}"; wait_host vps; say "a fresh $suite VPS"
}
cmd_reboot() { # HOST
  local lower; lower=$(cat "$LAB_RUN/${1:?host}/lower")
  stop_host "$1"; net_host "$1"; boot_host "$1" "$lower"; wait_host "$1"; say "$1 has rebooted"
  [ "$1" != ca ] || trust_pebble
}
cmd_power_cut() { # HOST: as if its plug was pulled, then booted again with its disk as it was
  local lower; lower=$(cat "$LAB_RUN/${1:?host}/lower")
  kill_host "$1"; net_host "$1"; boot_host "$1" "$lower"; wait_host "$1"; say "$1 is up again after its power was cut"
}
cmd_status() {
  local h p rc=0
  for h in $LAB_INFRA vps; do
    if p=$(leader "$h" 2>/dev/null); then echo "$h: up, pid $p, $(in_host "$h" systemctl is-system-running </dev/null || :)"; else echo "$h: down"; rc=1; fi
  done
  if grep -qs '^populated 1' "$CG/$LAB_PFX-mirror/cgroup.events"; then echo 'mirror: up'; else echo 'mirror: down'; rc=1; fi
  return $rc
}
cmd_down() {
  local h
  for h in vps $LAB_INFRA mirror; do kill_host "$h" & done; wait
  net_down; rm -rf "$LAB_RUN"; say down
}
# Why the lab cannot run here, if it cannot.
can_run() {
  local why='' t
  t=$(mktemp -d "$(dirname "$LAB_RUN")/mailwizard-lab.XXXXXX" 2>/dev/null) || why="cannot write to $(dirname "$LAB_RUN")"
  for c in systemd-nspawn nft ip unshare nsenter mmdebstrap zstd openssl ssh-keygen python3; do
    [ -n "$why" ] || command -v $c >/dev/null || why="$c is missing (scripts/lab needs)"
  done
  [ -n "$why" ] || unshare -m --propagation private true 2>/dev/null || why='needs CAP_SYS_ADMIN (mount namespaces)'
  [ -n "$why" ] || [ -n "$CG" ] || why='no cgroup2 is mounted'
  [ -n "$why" ] || { mkdir -p "$CG/$LAB_PFX-probe" 2>/dev/null && rmdir "$CG/$LAB_PFX-probe"; } || why="cannot make a cgroup under $CG"
  # shellcheck disable=SC2016
  [ -n "$why" ] || { mkdir "$t"/{l,u,w,m} && unshare -m --propagation private sh -c 'mount -t overlay overlay -o "lowerdir=$0/l,upperdir=$0/u,workdir=$0/w" "$0/m"' "$t" 2>/dev/null; } || why='needs overlayfs'
  [ -n "$why" ] || unshare -n nft add table inet probe 2>/dev/null || why='needs network namespaces and nf_tables (CAP_NET_ADMIN)'
  [ -n "$why" ] || unshare -n ip link add v0 type veth peer name v1 2>/dev/null || why='needs veth links'
  [ -z "$t" ] || rm -rf "$t"
  [ -z "$why" ] || { echo "lab: cannot run here: $why" >&2; return 1; }
}
