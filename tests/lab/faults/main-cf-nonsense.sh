# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# A number in main.cf is none.
words='nothing arrives any more'
cause='postfix-configuration-invalid'
fix=automatic
inject() { vps postconf -e message_size_limit=lots; in_vps "systemctl restart postfix; true"; }
traffic() { send_in; }
prove() { arrives; }
