# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# docker-mailserver stops because it has no account.
log=dms-no-account.log
words='the container stops again and again, no mail arrives'
cause='container-without-account'
