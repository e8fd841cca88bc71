# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The second instance of Postfix finds port 25 closed.
log=multi-instance.log
words='outgoing mail is stuck'
cause='port-25-blocked'
