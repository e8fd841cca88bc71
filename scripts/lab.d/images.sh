# shellcheck shell=bash
# Base images and layers: made once, kept in $LAB_CACHE.

# The Debian packages that the lab itself needs on this machine.
cmd_needs() {
  local p missing=()
  for p in $LAB_NEEDS; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null)" = installed ] || missing+=("$p")
  done
  [ ${#missing[@]} -gt 0 ] || { echo 'lab: every Debian package that the lab needs is installed'; return 0; }
  echo "lab: installing Debian packages: ${missing[*]}"
  apt_install "${missing[@]}"
}
apt_install() {
  # a fresh machine often has no package lists, or lists that name versions which the mirror no longer has
  DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends -o Dpkg::Use-Pty=0 "$@" >/dev/null 2>&1 && return
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends -o Dpkg::Use-Pty=0 "$@" >/dev/null
}

# The mirror is the one that this machine's own apt uses; proxies of apt are honoured.
find_mirror() {
  [ -z "$LAB_MIRROR" ] || { LAB_MIRROR_SECURITY=${LAB_MIRROR_SECURITY:-$LAB_MIRROR-security}; return 0; }
  local uris proxy
  uris=$(apt_uris)
  [ -n "$uris" ] || { apt-get update -qq; uris=$(apt_uris); }
  LAB_MIRROR=$(sed -nE 's#^(https?://.*/debian)/?$#\1#p' <<< "$uris" | head -n 1)
  LAB_MIRROR_SECURITY=$(sed -nE 's#^(https?://.*/debian-security)/?$#\1#p' <<< "$uris" | head -n 1)
  [ -n "$LAB_MIRROR" ] || die 'no Debian mirror (http or https, path …/debian) in the apt configuration of this machine; set LAB_MIRROR=URL'
  LAB_MIRROR_SECURITY=${LAB_MIRROR_SECURITY:-$LAB_MIRROR-security}
  proxy=$(apt-config shell P Acquire::http::Proxy 2>/dev/null | sed -n "s/^P='\(.*\)'$/\1/p")
  if [ -n "$proxy" ] && [ "$proxy" != DIRECT ]; then export http_proxy=$proxy; fi
}
apt_uris() {
  # shellcheck disable=SC2016  # apt expands it
  apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 2>/dev/null || :
}

make_image() { # NAME SUITE PACKAGES -> $LAB_CACHE/NAME.tar.zst and the folder $LAB_CACHE/NAME
  local name=$1 suite=$2 pkgs=$3 d=$LAB_CACHE/$1
  [ ! -e "$d/.ok" ] || return 0
  mkdir -p "$LAB_CACHE"
  exec 8> "$LAB_CACHE/.build.lock"; flock 8
  if [ -e "$d/.ok" ]; then exec 8>&-; return 0; fi        # another lab made it meanwhile
  rm -rf "$d" "$d.new"
  if [ ! -s "$d.tar.zst" ]; then
    find_mirror
    say "building the image $name (mmdebstrap $suite)"
    # shellcheck disable=SC2016  # mmdebstrap expands $1
    mmdebstrap --quiet --variant=important --include="$pkgs" \
      --customize-hook='rm -f "$1"/etc/ssh/ssh_host_* "$1"/etc/resolv.conf; : > "$1"/etc/machine-id' \
      "$suite" "$d.part.tar" \
      "deb $LAB_MIRROR $suite main" "deb $LAB_MIRROR $suite-updates main" \
      "deb $LAB_MIRROR_SECURITY $suite-security main" 8>&-
    zstd -q -f -3 -T0 --rm -o "$d.part.zst" "$d.part.tar"; mv "$d.part.zst" "$d.tar.zst"
  fi
  say "unpacking the image $name"
  mkdir "$d.new"; tar -I zstd -xpf "$d.tar.zst" -C "$d.new" --xattrs --numeric-owner --exclude='./dev/*'
  touch "$d.new/.ok"; mv "$d.new" "$d"
  exec 8>&-
}
cmd_build() {
  local w; [ $# -gt 0 ] || set -- infra bookworm trixie
  for w; do case $w in
    infra) make_image infra "$LAB_INFRA_SUITE" "$LAB_INFRA_PKGS";;
    bookworm|trixie) make_image "base-$w" "$w" "$LAB_BASE_PKGS";;
    *) die "unknown image: $w (infra, bookworm, trixie)";; esac; done
}

# A layer with a set of packages already installed, as apt leaves them: for benchmarks and for tests that are not
# about installing. Made in a small lab of its own, so a running lab is not disturbed.
cmd_layer() { # SUITE SET
  local suite=${1:?suite} set=${2:-stack} v pkgs d own
  v=LAB_LAYER_$set; pkgs=${!v:-}; [ -n "$pkgs" ] || die "no such set of packages: $set"
  d=$LAB_CACHE/layer-$suite-$set
  if [ -d "$d" ] && [ "$(cat "$d.packages" 2>/dev/null)" = "$pkgs" ]; then say "the layer $set for $suite exists"; return 0; fi
  cmd_build infra "$suite"
  exec 7> "$LAB_CACHE/.layer-$suite-$set.lock"; flock 7
  if [ -d "$d" ] && [ "$(cat "$d.packages" 2>/dev/null)" = "$pkgs" ]; then exec 7>&-; return 0; fi
  say "making the layer $set for $suite"
  own=(env "LAB_PFX=$LAB_PFX-layer-$suite" "LAB_RUN=$LAB_RUN-layer-$suite" "LAB_CACHE=$LAB_CACHE" LAB_DOCKER=0 "$0")
  "${own[@]}" up "$suite" 7>&-
  # shellcheck disable=SC2086  # a list of packages
  if "${own[@]}" exec vps sh -c 'apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@"' sh $pkgs > "$LAB_CACHE/layer-$suite-$set.log" 2>&1 < /dev/null
  then "${own[@]}" save "$set" 7>&-; echo "$pkgs" > "$d.packages"; "${own[@]}" down
  else tail -n 20 "$LAB_CACHE/layer-$suite-$set.log" >&2; "${own[@]}" down; die "the layer $set for $suite could not be made"; fi
  exec 7>&-
}
cmd_save() { # NAME
  local suite d name=${1:?name}; suite=$(cat "$LAB_RUN/vps/suite"); d=$LAB_CACHE/layer-$suite-$name
  [[ $(cat "$LAB_RUN/vps/lower") != *:* ]] || die 'the VPS already runs on a layer: save from a VPS on the plain base'
  stop_host vps; rm -rf "$d" "$d.new" "$d.packages"; cp -a "$LAB_RUN/vps/upper" "$d.new"
  # what makes a VPS this one and no other
  rm -rf "$d.new"/etc/{hostname,hosts,resolv.conf,machine-id} "$d.new"/etc/ssh/ssh_host_* "$d.new"/var/log/journal \
    "$d.new"/var/cache/apt/archives/*.deb "$d.new"/tmp/* "$d.new"/usr/local/share/ca-certificates "$d.new"/etc/ssl/certs/ca-certificates.crt
  mv "$d.new" "$d"
  say "layer $name for $suite saved: $(du -sh "$d" | cut -f1)"
}
