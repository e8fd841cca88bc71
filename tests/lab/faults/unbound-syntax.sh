# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The resolver does not start: its configuration has an error.
words='since I changed something in unbound no mail leaves'
cause='resolver-configuration-invalid|resolver-down'
fix=automatic
inject() { in_vps 'echo "forward-zones:" >> /etc/unbound/unbound.conf.d/mailwizard.conf; systemctl restart unbound; true'; }
traffic() { send_out; sleep 3; }
prove() { leaves; }
