# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The memory of the filter is stopped.
words='mails arrive hours late'
cause='redis-down'
fix=automatic
inject() { vps systemctl stop redis-server; }
