# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The container finds port 25 taken.
log=docker-port.log
words='the mail container does not start: port is already allocated'
cause='port-taken'
