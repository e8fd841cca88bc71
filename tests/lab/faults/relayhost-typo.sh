# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# relayhost names a host that does not exist.
words='outgoing mail stays in the queue'
cause='relayhost-wrong'
fix=automatic
inject() { set_main relayhost=[smtp.relay-typo.lab]:587; }
traffic() { send_out; sleep 1; }
prove() { leaves; }
