# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The hoster blocks outgoing port 25.
# quick
words='I can receive but not send'
cause='port-25-blocked'
fix=instructions
inject() { lab port25 blocked; }
traffic() { send_out; }
mend() { lab port25 open; }
