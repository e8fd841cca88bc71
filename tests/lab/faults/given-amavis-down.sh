# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The content filter does not run.
log=amavis-down.log
words='all mail waits: connect to 127.0.0.1 10024 connection refused'
cause='virus-scanner-down'
