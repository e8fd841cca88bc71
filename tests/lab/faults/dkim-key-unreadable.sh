# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# Rspamd may not read its keys.
words='our mail has no dkim signature any more'
cause='dkim-not-signed'
fix=automatic
inject() { in_vps 'chown root:root /var/lib/rspamd/dkim/*; chmod 600 /var/lib/rspamd/dkim/*; systemctl restart rspamd; for i in $(seq 100); do ss -ltn | grep -q :11332 && break; sleep 0.3; done'; }
traffic() { send_out; }
prove() { leaves; }
