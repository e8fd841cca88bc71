# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# Large packets get lost: the MTU of the way is smaller.
log=mtu.log
words='small mails go out, mails with attachments hang'
cause='large-packets-lost'
