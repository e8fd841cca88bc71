# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# docker-mailserver signs nothing: the domain is not in the signing table.
log=dms-opendkim.log
words='outgoing mail is not dkim signed'
cause='dkim-not-signed'
