# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# What cannot be delivered at once is given up.
words='mail bounces after a minute already when the other side is away'
cause='edited-configuration'
fix=automatic
inject() { set_main maximal_queue_lifetime=1s; set_main bounce_queue_lifetime=1s; }
traffic() { send_out; sleep 2; }
prove() { leaves; }
