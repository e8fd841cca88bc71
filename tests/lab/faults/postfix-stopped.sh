# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# Postfix is stopped.
# quick
words='nothing arrives any more'
cause='postfix-down'
fix=automatic
inject() { in_vps "systemctl stop postfix postfix@- 2>/dev/null; true"; }
traffic() { send_in; }
prove() { arrives; }
