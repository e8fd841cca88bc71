# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# A setting of opendkim.conf does not exist.
server=opendkim
words='nothing leaves since I changed opendkim.conf'
cause='opendkim-configuration-invalid'
fix=automatic
inject() { in_vps 'echo "Nonsense yes" >> /etc/opendkim.conf; systemctl restart opendkim; true'; }
traffic() { send_out; }
prove() { leaves; }
