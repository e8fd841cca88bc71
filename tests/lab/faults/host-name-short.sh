# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The host name is no full name.
words='Helo command rejected: need fully-qualified hostname'
cause='helo-wrong|host-name-wrong'
fix=automatic
also='helo-wrong host-name-wrong'
inject() { in_vps 'hostnamectl set-hostname vps; postconf -e myhostname=vps; systemctl restart postfix'; }
traffic() { send_out; }
prove() { leaves; }
