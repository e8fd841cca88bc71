# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# relayhost leads to a server that does not relay for us.
words='all outgoing mail bounces'
cause='relayhost-wrong'
fix=automatic
inject() { set_main relayhost=[mx.remote.lab]:25; }
traffic() { new_subject; submit alice@example.lab alice@example.lab someone@dnshost.lab; sleep 2; }
prove() { leaves; }
