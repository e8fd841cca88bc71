# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# A file of Rspamd cannot be read.
words='mail is deferred since I changed the spam filter settings'
cause='rspamd-configuration-invalid'
fix=automatic
inject() { in_vps 'echo "reject = { 15" > /etc/rspamd/local.d/actions.conf; systemctl restart rspamd; true'; }
traffic() { send_in; }
prove() { arrives; }
