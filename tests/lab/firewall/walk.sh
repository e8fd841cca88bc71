# shellcheck shell=bash
# shellcheck disable=SC2016,SC2154
# What the scenarios of the three firewalls share. Each defines, before it calls `walk`:
#   FIREWALL    its name
#   FOR_GOOD    a pattern in the rules that the next start loads, once our ports are in them
#   rules       prints the operator's view of all rules, and of those of the next start
#   SLOW        the program that puts rules in, by its path: it is made slow, so that apply can be killed in time
SSH_PORTS=(22 2222)
OURS=(25 80 465 587)   # 993 was opened by the operator himself
ANSWERS=/root/answers/basic.toml

# Whether a new connection gets through the firewall: a port that nobody listens on refuses, a filtered one is silent.
let_in() { # ADDRESS PORT
  client python3 -c '
import socket, sys
s = socket.socket(socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET)
s.settimeout(2)
try: s.connect((sys.argv[1], int(sys.argv[2])))
except ConnectionRefusedError: pass' "$1" "$2" 2>/dev/null
}
all_in() { # PORT…
  local port address
  for port; do for address in 198.51.100.10 2001:db8:100::10; do let_in $address "$port" || { echo "$address $port is shut"; return 1; }; done; done
}
all_out() { # PORT…
  local port address
  for port; do for address in 198.51.100.10 2001:db8:100::10; do ! let_in $address "$port" || { echo "$address $port is open"; return 1; }; done; done
}
# sshd on two ports; the operator has let them in, 993, and a port that has nothing to do with mail.
prepare_ssh() { in_vps 'printf "Port 22\nPort 2222\n" > /etc/ssh/sshd_config.d/ports.conf; systemctl restart ssh'; }
install() { in_vps "apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $1"; }

# What follows the program's work waits a second: long enough to be killed in between.
slow() { in_vps 'printf "#!/bin/sh\n%s \"\$@\"; rc=\$?\nsleep 1\nexit \$rc\n" "$0" > "/usr/local/sbin/${0##*/}"; chmod 755 "/usr/local/sbin/${0##*/}"' "$1"; }
fast() { in_vps 'rm "/usr/local/sbin/${0##*/}"' "$1"; }
killed_after_opening() {
  mw apply --answers $ANSWERS --yes > "$WORK/killed" 2>&1 < /dev/null &
  local apply=$!
  wait_for 240 let_in 198.51.100.10 25 || return 1
  vps pkill -KILL -x mailwizard
  wait $apply
  ! vps pgrep -x mailwizard
}
armed() { vps systemctl is-active --quiet mailwizard-firewall-revert.timer; }

walk() {
  must 'the records are published' lab publish --phase before --answers $ANSWERS
  part "$FIREWALL is active, and lets in SSH, 993 and 8443"
  check 'SSH is let in' all_in "${SSH_PORTS[@]}"
  check 'mail is not' all_out "${OURS[@]}"
  rules > "$WORK/rules-before" 2>&1
  expect 'the plan names the ports' '25.*80.*465.*587' mw plan --answers $ANSWERS
  expect_not 'and not those that are open' '(993|22[^0-9]).*(firewall|port)' in_vps "mailwizard plan --answers $ANSWERS | grep -i firewall"

  part 'apply is killed between opening and confirming'
  slow "$SLOW"
  must 'apply opens the ports and is killed' killed_after_opening
  fast "$SLOW"
  check 'the way back is armed' armed
  check 'SSH is let in' all_in "${SSH_PORTS[@]}"
  check 'the ports are taken back by the timer, within 70 s' wait_for 70 all_out "${OURS[@]}"
  check 'SSH, 993 and 8443 are let in still' all_in "${SSH_PORTS[@]}" 993 8443
  wait_for 5 in_vps 'test ! -e /var/lib/mailwizard/firewall-revert.sh'
  rules > "$WORK/rules-after" 2>&1
  check 'the rules are what they were' diff "$WORK/rules-before" "$WORK/rules-after"

  part 'apply again'
  must 'it goes on' mw apply --answers $ANSWERS --yes
  expect 'the CA has come in by port 80' 'Pebble' in_vps 'openssl x509 -noout -issuer -in /etc/ssl/mailwizard/mail.example.lab/fullchain.pem'
  refuse 'nothing is to be taken back' armed
  check 'every port is let in' all_in "${OURS[@]}" 993
  check 'SSH and 8443 still are' all_in "${SSH_PORTS[@]}" 8443
  expect 'the next start loads them too' "$FOR_GOOD" rules
  expect 'a second apply' 'Nothing to do' mw apply --answers $ANSWERS --yes

  part 'a reboot'
  check 'it reboots' lab reboot vps
  check 'every port is let in' wait_for 20 all_in "${OURS[@]}" 993 "${SSH_PORTS[@]}" 8443

  part 'undo'
  check 'mailwizard undo' mw undo
  check 'our ports are shut' all_out "${OURS[@]}"
  check 'what the operator opened is open' all_in "${SSH_PORTS[@]}" 993 8443
  rules > "$WORK/rules-after" 2>&1
  check 'the rules are what they were' diff "$WORK/rules-before" "$WORK/rules-after"
}
