# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The resolver is stopped.
words='mail stays in the queue: Host or domain name not found'
cause='resolver-down'
fix=automatic
inject() { vps systemctl stop unbound; }
traffic() { send_out; }
prove() { leaves; }
