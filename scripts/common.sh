# shellcheck shell=bash
# What scripts/try and scripts/test share: packages of this machine, the Rust toolchain, the program's build.
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
note() { printf '\033[1m==>\033[0m %s\n' "$*" >&2; }
fail() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; exit 1; }

# Root is needed for packages and for the lab, not for building: an ordinary user with sudo may start the scripts.
LAB_VARS=LAB_PFX,LAB_HELD,LAB_RUN,LAB_CACHE,LAB_SUITE,LAB_DOCKER,LAB_OFFLINE,LAB_MIRROR,LAB_MIRROR_SECURITY,TERM,COLORTERM,NO_COLOR
if [ "$(id -u)" = 0 ]; then AS_ROOT=(); elif command -v sudo >/dev/null; then AS_ROOT=(sudo "--preserve-env=$LAB_VARS"); else AS_ROOT=(false); fi
lab() { "${AS_ROOT[@]}" "$ROOT/scripts/lab" "$@" 8>&-; }   # 8: see lab.d/hold.sh
may_be_root() { [ "$(id -u)" = 0 ] || { command -v sudo >/dev/null && sudo -n true 2>/dev/null; }; }

# Installs those of the Debian packages that are not there, and says which.
need_packages() {
  local p missing=()
  for p; do [ "$(dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null)" = installed ] || missing+=("$p"); done
  [ ${#missing[@]} -gt 0 ] || return 0
  may_be_root || { note "Debian packages are missing and there is no root to install them: ${missing[*]}"; return 1; }
  note "installing Debian packages: ${missing[*]}"
  "${AS_ROOT[@]}" apt-get update -qq || :
  "${AS_ROOT[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends -o Dpkg::Use-Pty=0 "${missing[@]}" >/dev/null
}

# A Rust that is new enough: Debian 12's and 13's own are not.
need_rust() {
  local wanted have
  [ -d "$HOME/.cargo/bin" ] && PATH=$HOME/.cargo/bin:$PATH
  wanted=$(sed -nE 's/^rust-version = "(.*)"/\1/p' "$ROOT/Cargo.toml")
  have=$(cargo --version 2>/dev/null | awk '{ print $2 }') || :
  if [ -n "$have" ] && [ "$(printf '%s\n' "$wanted" "$have" | sort -V | head -n 1)" = "$wanted" ]; then return 0; fi
  if command -v rustup >/dev/null; then
    note "Rust ${have:-nothing} is too old, $wanted is needed: rustup toolchain install $wanted"
    rustup toolchain install --profile minimal -c rustfmt -c clippy "$wanted"; export RUSTUP_TOOLCHAIN=$wanted
  else
    note "Rust $wanted or newer is needed and not here: installing it for $(id -un) with rustup (https://rustup.rs)"
    need_packages curl ca-certificates
    curl -sSf --proto '=https' https://sh.rustup.rs | sh -s -- -q -y --profile minimal -c rustfmt -c clippy --default-toolchain "$wanted"
    PATH=$HOME/.cargo/bin:$PATH
  fi
}

# Builds the release; sets PROGRAM to its path. Static where the musl target is there or can be had.
build_program() {
  local target args=() what
  need_packages gcc libc6-dev
  need_rust
  target=$(uname -m)-unknown-linux-musl
  if has_musl "$target"; then args=(--target "$target"); what="static, $target"; else what='ordinary target: the musl target is not to be had here'; fi
  note "building the program (release, $what)"
  (cd "$ROOT" && cargo build --release --locked --quiet "${args[@]}") || { note 'the build failed'; return 1; }
  PROGRAM=${CARGO_TARGET_DIR:-$ROOT/target}/${args[1]:+$target/}release/mailwizard
  [ -x "$PROGRAM" ] || { note "the build gave no $PROGRAM"; return 1; }
}
has_musl() {
  [ "${MAILWIZARD_NO_MUSL:-}" != 1 ] || return 1
  need_packages musl-tools || return 1
  [ -e "$(rustc --print target-libdir --target "$1" 2>/dev/null)" ] && return 0
  command -v rustup >/dev/null || return 1
  note "rustup target add $1"
  timeout 120 rustup target add "$1" >/dev/null 2>&1
}

# Puts the program into the VPS as an operator would.
put_program() {
  lab put vps "$PROGRAM" /usr/local/bin/mailwizard.new
  lab exec vps sh -c 'chmod 755 /usr/local/bin/mailwizard.new && mv /usr/local/bin/mailwizard.new /usr/local/bin/mailwizard' </dev/null
}
# Puts the lab's answers files into the VPS. A machine on the real internet needs no [resolver] paths: its root servers are known.
put_answers() {
  local f
  lab exec vps sh -c 'mkdir -p /root/answers && chmod 700 /root/answers && umask 077 && mkdir -p /usr/local/share/closed-network && chmod 755 /usr/local/share/closed-network' </dev/null
  for f in "$ROOT"/tests/lab/answers/*; do
    lab put vps "$f" "/root/answers/${f##*/}"; lab exec vps chmod 600 "/root/answers/${f##*/}" </dev/null
  done
  lab put vps "$ROOT/scripts/lab.d/hosts/resolver/etc/unbound/lab.hints" /usr/local/share/closed-network/root.hints
  lab exec resolver cat /lab/root.key </dev/null | lab exec vps tee /usr/local/share/closed-network/root.key >/dev/null
}
# What the wizard has to know of the closed network, as if it had been answered already.
put_draft() {
  lab exec vps mkdir -p -m 700 /var/lib/mailwizard </dev/null
  lab put vps "$ROOT/scripts/lab.d/draft.toml" /var/lib/mailwizard/draft.toml; lab exec vps chmod 600 /var/lib/mailwizard/draft.toml </dev/null
}
