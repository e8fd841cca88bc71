# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The kernel killed the virus scanner.
log=clamav-oom.log
words='the server is very slow and mail is not delivered any more'
cause='out-of-memory'
also='virus-scanner-down'
