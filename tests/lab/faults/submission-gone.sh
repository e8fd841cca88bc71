# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# Port 587 and 465 were taken out of master.cf.
words='thunderbird cannot send: cannot connect to 465'
cause='client-ports-closed'
fix=automatic
inject() { in_vps 'postconf -MX submission/inet submissions/inet; systemctl restart postfix'; }
traffic() { send_out; }
prove() { leaves; }
