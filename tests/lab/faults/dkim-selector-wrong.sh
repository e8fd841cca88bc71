# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# Rspamd signs with a selector that is not published.
words='gmail shows dkim=fail for all our mail, no key for signature'
cause='dkim-record-missing|dkim-not-signed'
also='dkim-record-missing dkim-not-signed'
fix=automatic
inject() { in_vps 'sed -i "s/selector = \"[a-z0-9]*\"/selector = \"old2019\"/" /etc/rspamd/local.d/dkim_signing.conf; systemctl restart rspamd; for i in $(seq 100); do ss -ltn | grep -q :11332 && break; sleep 0.3; done'; }
traffic() { send_out; sleep 2; }
prove() { leaves; }
