# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# Rspamd was told not to sign.
words='outgoing mail is not signed with dkim'
cause='dkim-not-signed'
fix=automatic
inject() { in_vps 'sed -i "1i enabled = false;" /etc/rspamd/local.d/dkim_signing.conf; systemctl restart rspamd; for i in $(seq 100); do ss -ltn | grep -q :11332 && break; sleep 0.3; done'; }
traffic() { send_out; }
prove() { leaves; }
