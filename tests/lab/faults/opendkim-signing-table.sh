# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The signing table does not hold the domain.
server=opendkim
words='dkim signature missing at the receivers'
cause='dkim-not-signed'
fix=automatic
inject() { in_vps 'sed -i /example.lab/d /etc/opendkim/SigningTable; systemctl restart opendkim; sleep 1'; }
traffic() { send_out; sleep 2; }
prove() { leaves; }
