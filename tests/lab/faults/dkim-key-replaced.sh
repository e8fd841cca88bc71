# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# Another key lies where Rspamd reads the one that the record belongs to.
words='rspamd does not sign since the migration of the keys'
cause='dkim-not-signed|edited-configuration'
fix=automatic
inject() { in_vps 'openssl genrsa 2048 2>/dev/null > /var/lib/rspamd/dkim/example.lab.r2026a.key; systemctl restart rspamd'; }
traffic() { send_out; sleep 2; }
prove() { leaves; }
