#!/bin/bash
# ufw is active: our ports are let in and stay so, SSH is never shut, a killed apply is taken back, undo leaves the operator's rules.
# long
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/firewall/walk.sh"
fresh_vps stack
prepare_ssh
must 'ufw is installed' install ufw
must 'ufw is active' in_vps 'for port in 22 2222 993 8443; do ufw allow $port/tcp; done; ufw --force enable'
FIREWALL=ufw FOR_GOOD='^-A ufw6?-user-input .* --dport 587 -j ACCEPT' SLOW=/usr/sbin/ufw
rules() { in_vps 'ufw status; cat /etc/ufw/user.rules /etc/ufw/user6.rules'; }
walk
finish
