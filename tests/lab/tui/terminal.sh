# shellcheck shell=bash
# An operator at a terminal of 80x24: an SSH session from elsewhere on the internet into the VPS, inside tmux. Keys are
# sent as a person types them, and every wait is for text on the screen. Comes after lib.sh.
TMUX_SOCKET=$WORK/tmux
tmux_() { env -u TMUX TERM=xterm-256color tmux -f /dev/null -S "$TMUX_SOCKET" "$@" 8>&-; }
trap 'tmux_ kill-server 2>/dev/null; rm -rf "$WORK"' EXIT

# The operator's own key lets him in without a password.
let_operator_in() {
  client sh -c '[ -f /root/.ssh/id_ed25519 ] || ssh-keygen -q -t ed25519 -N "" -f /root/.ssh/id_ed25519; cat /root/.ssh/id_ed25519.pub' </dev/null > "$WORK/operator.pub"
  lab exec vps sh -c 'mkdir -p -m 700 /root/.ssh; cat > /root/.ssh/authorized_keys; chmod 600 /root/.ssh/authorized_keys' < "$WORK/operator.pub"
  client ssh-keygen -q -R 198.51.100.10 >/dev/null 2>&1 </dev/null || :
}
# Opens a session and runs a command in it; what it ended with is the screen's last line, "ended N".
open_session() { # COMMAND…
  local command; printf -v command '%q ' "$@"
  tmux_ kill-server 2>/dev/null; rm -f "$TMUX_SOCKET"
  tmux_ new-session -d -x 80 -y 24 "$(printf '%q ' "$ROOT/scripts/lab" exec client ssh -tt -o LogLevel=ERROR -o StrictHostKeyChecking=accept-new root@198.51.100.10 "$command"); echo \"ended \$?\"; exec sleep 3600"
}
# The terminal is gone, as when the train enters a tunnel and the laptop is shut.
drop_session() { tmux_ kill-server 2>/dev/null; rm -f "$TMUX_SOCKET"; }
screen() { tmux_ capture-pane -p; }
keys() { # KEY…: names of tmux (Enter, Escape, F4, Down) or text after '='
  local key
  for key; do case $key in =*) tmux_ send-keys -l -- "${key#=}";; *) tmux_ send-keys -- "$key";; esac; done
}
seen() { screen | grep -qE -- "$1"; }
# Waits until the screen has a line that fits; the screen is shown when it never does, and the scenario ends.
see() { # PATTERN [SECONDS]
  local end=$((SECONDS + ${2:-30}))
  until seen "$1"; do
    if [ $SECONDS -ge $end ]; then
      screen > "$WORK/out" 2>&1
      bad "the screen shows: $1" "not within ${2:-30} s"
      # Without it nothing that follows makes sense.
      finish
    fi
    sleep 0.1
  done
}
# Presses a key until the screen has changed to what it should show: a key that comes while the page is drawn anew may
# belong to the page before.
press_until() { # KEY PATTERN [TIMES]
  local times=${3:-20} before end
  until seen "$2"; do
    if [ "$times" -le 0 ]; then see "$2" 1; fi
    # A machine that is busy draws late: one key at a time, or what is looked for is passed over.
    before=$(screen); end=$((SECONDS + 2))
    keys "$1"; times=$((times - 1)); sleep 0.2
    while [ "$(screen)" = "$before" ] && [ $SECONDS -lt $end ]; do sleep 0.1; done
  done
}
