# shellcheck shell=bash
# The DNS provider's side: what an operator does on a provider's web page.

# no secret: the key of a name server that exists only inside the lab
TSIG=hmac-sha256:lab:bGFiLW9ubHktbm90LWEtc2VjcmV0LWxhYi1vbmx5ISE=

cmd_dns() { # 'add NAME TTL TYPE DATA' | 'del NAME [TYPE]' | 'zone ZONE' …
  local u
  { echo 'server 198.18.53.20'
    for u; do case $u in add\ *|del\ *|delete\ *) echo "update $u";; zone\ *) echo "$u";; *) die "dns: $u";; esac; done; echo send
  } | in_host client nsupdate -t 3 -y $TSIG
}
cmd_publish() { # [--phase before|after|all] [--answers FILE-IN-THE-VPS] [--dry-run] [-]
  local phase=before from=vps args=() dry=() json
  while [ $# -gt 0 ]; do case $1 in
    --phase) phase=${2:?phase}; shift 2;;
    --answers) args+=(--answers "${2:?file}"); shift 2;;
    --dry-run) dry=(--dry-run); shift;;
    -) from=stdin; shift;;
    *) die "publish: unknown argument $1";; esac; done
  case $phase in before|after|all) ;; *) die 'publish: --phase before | after | all';; esac
  if [ $from = stdin ]; then json=$(cat)
  else json=$(wanted_records "${args[@]}") || die "publish: mailwizard records failed in the VPS (exit code $?)"; fi
  in_host client lab-publish --phase "$phase" "${dry[@]}" <<< "$json"
}
wanted_records() {
  # The wizard's DNS page comes before anything is accepted: what it shows is then what its unfinished answers want.
  if [ $# = 0 ] && in_host vps test -e /var/lib/mailwizard/draft.toml -a ! -e /etc/mailwizard/spec.toml </dev/null; then
    in_host vps sh -c '
      umask 077; a=$(mktemp); trap "rm -f $a" EXIT
      { echo "version = 1"; sed "/^step = /d; /^answered = /d; s/^agree_to_terms = false/agree_to_terms = true/" /var/lib/mailwizard/draft.toml; } > "$a"
      /usr/local/bin/mailwizard records --answers "$a" --format json' </dev/null
  else in_host vps /usr/local/bin/mailwizard records "$@" --format json </dev/null; fi
}
# The second name server of the provider stops following the first one, or catches up again.
cmd_secondary() {
  case ${1:-} in
    lag) in_host dns knotc -c /etc/knot/secondary.conf zone-freeze </dev/null >/dev/null;;
    sync) in_host dns knotc -c /etc/knot/secondary.conf zone-thaw </dev/null >/dev/null
          in_host dns knotc -b -c /etc/knot/secondary.conf zone-refresh </dev/null >/dev/null;;
    *) die 'secondary: lag | sync';; esac
}
# Answers to the VPS from every name server of the lab come MS milliseconds later (the kernel may have no netem).
cmd_delay() { # MS | off
  local h a pairs nft
  for h in dns resolver; do
    in_host "$h" sh -c 'systemctl stop lab-delay 2>/dev/null; nft delete table inet labdelay 2>/dev/null; :' </dev/null
    [ "${1:?milliseconds or off}" != off ] || continue
    pairs=() nft='table inet labdelay { chain pre { type nat hook prerouting priority -100;'
    for a in $(addresses "$h" | tr -s ', ' '\n'); do
      a=${a%/*}; case $a in *:*) pairs+=("[$a]:5353=[$a]:53"); nft+=" ip6 saddr 2001:db8:100::/64 ip6 daddr $a meta l4proto { tcp, udp } th dport 53 dnat ip6 to [$a]:5353;"$'\n';;
        *) pairs+=("$a:5353=$a:53"); nft+=" ip saddr 198.51.100.0/24 ip daddr $a meta l4proto { tcp, udp } th dport 53 dnat ip to $a:5353;"$'\n';; esac
    done
    in_host "$h" sh -c 'cat > /run/dnsdelay.py' < "$LAB_HOME/bin/dnsdelay.py"
    in_host "$h" systemd-run -q --collect --unit=lab-delay --service-type=notify -p NotifyAccess=all python3 /run/dnsdelay.py "$1" "${pairs[@]}" </dev/null
    ip netns exec "$LAB_PFX-$h" nft -f - <<< "$nft"$'}\n}'
  done
}
cmd_cert-lifetime() { # SECONDS | default: how long the ACME server's certificates live. Restarts it: it forgets accounts and gets a new root.
  local s=${1:?seconds or default}
  case $s in default) s='';; *[!0-9]*) die 'cert-lifetime: seconds, or default';; esac
  # shellcheck disable=SC2016
  in_host ca sh -c 'cp -n /etc/pebble/pebble.json /etc/pebble/pebble.json.orig
    if [ -n "$0" ]; then sed "s/\"ocspResponderURL\"/\"certificateValidityPeriod\": $0, &/" /etc/pebble/pebble.json.orig; else cat /etc/pebble/pebble.json.orig; fi > /etc/pebble/pebble.json
    systemctl restart pebble' "$s" </dev/null
  trust_pebble
}
