# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The filter refuses everything.
words='every mail that is sent to us is rejected as spam'
cause='filter-too-strict'
fix=automatic
inject() { in_vps 'printf "reject = -100;\nadd_header = -200;\ngreylist = null;\n" > /etc/rspamd/local.d/actions.conf; systemctl restart rspamd; for i in $(seq 100); do ss -ltn | grep -q :11332 && break; sleep 0.3; done'; }
traffic() { send_in; sleep 1; }
prove() { arrives; }
