# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# A user may send one message an hour.
words='alice can send only one mail, then: Ratelimit exceeded'
cause='ratelimit-exceeded'
also='edited-configuration'
fix=automatic
inject() { in_vps 'printf "rates {\n user = {\n bucket = {\n burst = 1;\n rate = \"1 / 1h\";\n }\n }\n}\n" > /etc/rspamd/local.d/ratelimit.conf; systemctl restart rspamd; for i in $(seq 100); do ss -ltn | grep -q :11332 && break; sleep 0.3; done'; }
traffic() { send_out; send_out; send_out; sleep 1; }
