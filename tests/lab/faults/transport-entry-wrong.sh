# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The transport table leads the mail of one domain to a machine that does not answer.
words='mail to bob@remote.lab does not go out, mail to others does'
cause='transport-table-edited|relayhost-wrong'
fix=automatic
inject() { in_vps 'echo "remote.lab smtp:[198.51.100.200]" >> /etc/postfix/mailwizard/transport; postfix reload'; }
traffic() { send_out; sleep 5; }
prove() { leaves; }
