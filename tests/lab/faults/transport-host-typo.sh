# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The transport table names a host that does not exist.
words='mail to remote.lab only bounces: unknown host'
cause='transport-table-edited|relayhost-wrong'
fix=automatic
inject() { in_vps 'echo "remote.lab smtp:[mx.remote.labb]" >> /etc/postfix/mailwizard/transport; systemctl reload postfix'; }
traffic() { send_out; sleep 2; }
prove() { leaves; }
