# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# Somebody told Postfix to hold all outgoing mail back.
words='mail is in the queue and does not leave'
cause='delivery-switched-off'
fix=automatic
inject() { set_main defer_transports=smtp; }
traffic() { send_out; sleep 1; }
prove() { leaves; }
