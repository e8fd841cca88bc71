#!/bin/bash
# firewalld is active, in another zone than its default one: our ports are let in and stay so, SSH is never shut, a killed apply is taken back.
# long
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/firewall/walk.sh"
fresh_vps stack
prepare_ssh
must 'firewalld is installed' install firewalld
must 'firewalld is active' in_vps 'systemctl start firewalld
  for when in "" --permanent; do
    firewall-cmd $when --zone=external --change-interface=eth0
    for port in 2222 993 8443; do firewall-cmd $when --zone=external --add-port=$port/tcp; done
  done'
FIREWALL=firewalld FOR_GOOD='port="587"' SLOW=/usr/bin/firewall-cmd
rules() { in_vps 'firewall-cmd --zone=external --list-all; firewall-cmd --list-all; cat /etc/firewalld/zones/external.xml'; }
walk
finish
