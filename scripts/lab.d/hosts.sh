# shellcheck shell=bash
# The hosts: systemd-nspawn with a real init each, on an overlay of the cached image.

boot_host() { # HOST LOWERDIRS(colon-separated, uppermost first): starts it, does not wait
  local h=$1 lower=$2 d=$LAB_RUN/$1 bind=() vfs=network
  mkdir -p "$d/upper" "$d/root"; rm -rf "$d/work"; mkdir "$d/work"; echo "$lower" > "$d/lower"
  [ "$h" = vps ] || bind=(--bind="$LAB_RUN/shared:/lab")
  if [ "$h" = vps ] && [ "$LAB_DOCKER" = 1 ]; then
    # an overlay cannot be the upper layer of another overlay, so the container stores get folders of their own
    mkdir -p "$d/docker" "$d/containerd" "$d/containers"; vfs=yes
    bind+=(--capability=all --system-call-filter='@keyring bpf perf_event_open' --bind="$d/docker:/var/lib/docker"
      --bind="$d/containerd:/var/lib/containerd" --bind="$d/containers:/var/lib/containers")
  fi
  # A mount namespace of its own: overlay and cgroup2 mounts vanish with the host. The lock (fd 9) must not live on in it.
  # shellcheck disable=SC2016
  SYSTEMD_NSPAWN_API_VFS_WRITABLE=$vfs \
  setsid unshare -m --propagation private bash -c '
      set -e
      h=$1; d=$2; lower=$3; pfx=$4; shift 4
      mount -t cgroup2 cgroup2 /sys/fs/cgroup            # systemd 257 wants the unified hierarchy
      mount -t overlay overlay -o lowerdir=$lower,upperdir=$d/upper,workdir=$d/work,volatile $d/root
      # One cgroup a host, for nspawn would put them all into the same one and cgroup.kill would take all. This shell
      # stays beside the boots in it: a cgroup with children of its own may hold no process where controllers are on.
      cg=/sys/fs/cgroup/$pfx-$h; mkdir -p $cg/watch; echo $$ > $cg/watch/cgroup.procs
      n=0 rc=133
      while [ $rc = 133 ]; do                              # 133: the host itself asked for a reboot
        n=$((n + 1)); mkdir $cg/boot$n
        rc=0; ( echo $BASHPID > $cg/boot$n/cgroup.procs
          exec systemd-nspawn -q -b -D $d/root --register=no --keep-unit --network-namespace-path=/run/netns/$pfx-$h \
            --capability=CAP_NET_ADMIN --resolv-conf=off --timezone=off --link-journal=no --console=pipe --hostname=$h "$@" ) || rc=$?
        nsenter --net=/run/netns/$pfx-$h nft flush ruleset # a boot forgets them
      done
    ' lab "$h" "$d" "$lower" "$LAB_PFX" "${bind[@]}" > "$d/console.log" 2>&1 < /dev/null 9>&- &
  echo $! > "$d/pid"
}
leader() { # HOST: pid of its init, the child of its nspawn; fails while it is not up
  local p l
  p=$(cat "$LAB_RUN/$1/pid" 2>/dev/null) || return 1
  p=$(cat "/proc/$p/task/$p/children" 2>/dev/null) || return 1
  p=${p%% *}; [ -n "$p" ] || return 1
  l=$(cat "/proc/$p/task/$p/children" 2>/dev/null) || return 1
  l=${l%% *}; [ -n "$l" ] && [ -S "/proc/$l/root/run/systemd/private" ] || return 1
  echo "$l"
}
wait_host() { # HOST: until its systemd has finished starting
  local h=$1 l='' st _
  for _ in $(seq 1000); do
    l=$(leader "$h") && break
    kill -0 "$(cat "$LAB_RUN/$h/pid")" 2>/dev/null || { cat "$LAB_RUN/$h/console.log" >&2; die "$h did not boot"; }
    sleep 0.02
  done
  [ -n "$l" ] || die "$h: no init after 20 s"
  st=$(in_host "$h" timeout 60 systemctl is-system-running --wait </dev/null 2>/dev/null) || :
  [ "$st" = running ] || { say "$h: $st"; in_host "$h" systemctl --failed --no-legend --no-pager </dev/null >&2 || :; }
}
in_host() { # HOST CMD…
  local l; l=$(leader "$1") || die "$1 is not running (lab status)"; shift
  # shellcheck disable=SC2016
  nsenter -t "$l" -m -u -i -n -p -C env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root USER=root LOGNAME=root \
    LANG=C.UTF-8 TERM="${TERM:-xterm}" ${COLORTERM:+COLORTERM="$COLORTERM"} ${NO_COLOR:+NO_COLOR="$NO_COLOR"} sh -c 'cd /root; exec "$@"' sh "$@" 9>&-
}
kill_host() { # HOST: hard power-off through its cgroup (needs no state of ours); then forget the cgroup
  local cg=$CG/$LAB_PFX-$1 _
  [ -d "$cg" ] || return 0
  echo 1 > "$cg/cgroup.kill"
  for _ in $(seq 250); do grep -q '^populated 0' "$cg/cgroup.events" && break; sleep 0.02; done
  find "$cg" -depth -type d -exec rmdir {} + 2>/dev/null || :
  rm -f "$LAB_RUN/$1/pid"
}
stop_host() { # HOST: clean shutdown (SIGRTMIN+4 = poweroff)
  local h=$1 p l _; l=$(leader "$h") || { kill_host "$h"; return 0; }; p=$(cat "$LAB_RUN/$h/pid")
  kill -s RTMIN+4 "$l"
  for _ in $(seq 1500); do ended "$p" && break; sleep 0.02; done
  kill_host "$h"
}
ended() { [ ! -d "/proc/$1" ] || grep -q '^State:.Z' "/proc/$1/status" 2>/dev/null; }   # a zombie has ended too

fill_infra() { # HOST: its files, only its own services
  local h=$1 d=$LAB_RUN/$1/upper u w f units
  mkdir -p "$d/etc/systemd/system/multi-user.target.wants"; cp -a "$LAB_HOME/hosts/$h/." "$d/"
  chown -R root:root "$d"
  echo "$h" > "$d/etc/hostname"
  # a host that cannot resolve its own name waits 5 s for glibc
  printf '127.0.0.1 localhost\n::1 localhost\n127.0.1.1 %s\n' "$h" > "$d/etc/hosts"
  printf 'nameserver %s\noptions trust-ad edns0\n' "$LAB_RESOLVER" > "$d/etc/resolv.conf"
  w=$d/etc/systemd/system; units=" $(cat "$LAB_HOME/hosts/$h.units") "
  for u in cron networking knot unbound opendkim opendmarc postfix e2scrub_reap dpkg-db-backup.timer apt-daily.timer apt-daily-upgrade.timer; do
    case $u in *.timer) ;; *) u=$u.service;; esac
    case $units in *" ${u%.service} "*) ;; *) [ -e "$w/$u" ] || ln -s /dev/null "$w/$u";; esac
  done
  for u in $units; do
    case $u in *@*) ln -sf "/etc/systemd/system/${u%%@*}@.service" "$w/multi-user.target.wants/$u.service"; continue;; esac
    for f in /etc/systemd/system /lib/systemd/system; do
      if [ -e "$d$f/$u.service" ] || [ -e "$LAB_CACHE/infra$f/$u.service" ]; then ln -sf "$f/$u.service" "$w/multi-user.target.wants/$u.service"; break; fi
    done
  done
}
fill_vps() { # SUITE: what a hoster's image sets up: name, resolver, mirror, host key
  local d=$LAB_RUN/vps/upper suite=$1
  [ ! -e "$d/etc/hostname" ] || return 0
  mkdir -p "$d/etc/apt/apt.conf.d" "$d/etc/ssh" "$d/etc/systemd/system" "$d/root/.ssh"
  chmod 700 "$d/root" "$d/root/.ssh"
  echo vps-198-51-100-10 > "$d/etc/hostname"
  printf '127.0.0.1 localhost\n127.0.1.1 vps-198-51-100-10\n::1 localhost ip6-localhost ip6-loopback\n' > "$d/etc/hosts"
  printf 'nameserver %s\n' "$LAB_RESOLVER" > "$d/etc/resolv.conf"   # as hosters do: no trust-ad
  printf 'deb http://mirror.lab/debian %s main\ndeb http://mirror.lab/debian %s-updates main\ndeb http://mirror.lab/debian-security %s-security main\n' \
    "$suite" "$suite" "$suite" > "$d/etc/apt/sources.list"
  ssh-keygen -q -t ed25519 -N '' -f "$d/etc/ssh/ssh_host_ed25519_key" -C root@vps
  # background timers of apt would make runs differ
  for u in apt-daily.timer apt-daily-upgrade.timer; do ln -sf /dev/null "$d/etc/systemd/system/$u"; done
  vps_trust "$d"
}
# The roots that a public CA's would be on a real VPS: the one that signs the ACME server's API, and Pebble's own, which signs
# what it issues and changes with every start of it.
vps_trust() { # ROOT-FOLDER of the VPS
  local d=$1 base c name; base=$(vps_base)
  mkdir -p "$d/etc/ssl/certs" "$d/usr/local/share/ca-certificates"
  for c in lab-ca pebble-root; do
    [ -s "$LAB_RUN/shared/pki/$c.crt" ] || continue
    cp "$LAB_RUN/shared/pki/$c.crt" "$d/usr/local/share/ca-certificates/$c.crt"
    name=$(openssl x509 -in "$LAB_RUN/shared/pki/$c.crt" -noout -subject_hash).0
    ln -sf "/usr/local/share/ca-certificates/$c.crt" "$d/etc/ssl/certs/$c.pem"; ln -sf "$c.pem" "$d/etc/ssl/certs/$name"
  done
  cat "$base/etc/ssl/certs/ca-certificates.crt" "$d"/usr/local/share/ca-certificates/*.crt > "$d/etc/ssl/certs/ca-certificates.crt"
}
vps_base() { local l; l=$(cat "$LAB_RUN/vps/lower"); echo "${l##*:}"; }
vps_lower() { # SUITE [LAYER]
  local l=$LAB_CACHE/base-$1
  [ -z "${2:-}" ] || { [ -d "$LAB_CACHE/layer-$1-$2" ] || die "no layer $2 for $1"; l=$LAB_CACHE/layer-$1-$2:$l; }
  echo "$l"
}
vps_boot() { # SUITE [LAYER]
  local lower; lower=$(vps_lower "$1" "${2:-}")
  mkdir -p "$LAB_RUN/vps"; echo "$1" > "$LAB_RUN/vps/suite"; echo "$lower" > "$LAB_RUN/vps/lower"
  fill_vps "$1"; boot_host vps "$lower"
}

pki() { # the lab's own CA: for the ACME server's API and for the remote MX
  local p=$LAB_RUN/shared/pki n
  mkdir -p "$p"
  ( cd "$p" || exit
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj '/CN=lab CA' -keyout lab-ca.key -out lab-ca.crt \
      -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign
    for n in acme.lab mx.remote.lab; do
      openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$n" -keyout $n.key -out $n.csr
      printf 'subjectAltName=DNS:%s\nextendedKeyUsage=serverAuth\n' $n > $n.ext
      openssl x509 -req -in $n.csr -CA lab-ca.crt -CAkey lab-ca.key -CAcreateserial -days 30 -extfile $n.ext -out $n.crt
    done
    cp lab-ca.crt trust.pem; chmod 644 ./* ) 2>/dev/null
}
trust_pebble() { # everybody in the lab trusts what Pebble issues, as they would trust a public CA
  local p=$LAB_RUN/shared/pki l _
  for _ in $(seq 100); do
    in_host ca curl -sfk https://127.0.0.1:15000/roots/0 > "$p/pebble-root.crt" 2>/dev/null </dev/null && break; sleep 0.05
  done
  [ -s "$p/pebble-root.crt" ] || die 'the ACME server does not answer'
  cat "$p/lab-ca.crt" "$p/pebble-root.crt" > "$p/trust.pem"
  if l=$(leader vps 2>/dev/null); then vps_trust "/proc/$l/root"; fi
}
