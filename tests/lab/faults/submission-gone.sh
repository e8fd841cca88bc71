# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# Port 587 and 465 were taken out of master.cf.
words='thunderbird cannot send: cannot connect to 465'
# main.cf has parameters then that nothing uses any more, which Postfix's checker sees.
cause='client-ports-closed|postfix-configuration-invalid'
fix=automatic
inject() { in_vps 'postconf -MX submission/inet submissions/inet; systemctl restart postfix'; }
traffic() { send_out; }
prove() { leaves; }
