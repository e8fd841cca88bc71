# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The filter is stopped.
# quick
words='people who write to us get 451 4.7.1 Service unavailable try again later'
cause='rspamd-down'
fix=automatic
inject() { vps systemctl stop rspamd; }
traffic() { send_in; }
prove() { arrives; }
