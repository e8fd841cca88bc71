# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The database of the accounts does not run.
log=mysql-down.log
words='nothing arrives: temporary lookup failure'
cause='table-unreadable'
