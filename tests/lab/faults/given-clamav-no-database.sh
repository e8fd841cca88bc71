# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The virus scanner has no data.
log=clamav-no-database.log
words='clamd does not start after installation'
cause='virus-database-missing'
