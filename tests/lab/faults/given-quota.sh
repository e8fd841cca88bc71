# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# A mailbox has reached its quota.
log=quota.log
words='mail to alice@example.org comes back'
cause='mailbox-full'
