# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The clock jumped.
log=clock.log
words='dovecot stops with time moved backwards'
cause='clock-wrong'
