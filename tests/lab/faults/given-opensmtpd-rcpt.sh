# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# OpenSMTPD does not know the recipient.
log=opensmtpd-rcpt.log
words='mail to carol@example.org is rejected: invalid recipient'
cause='no-such-account'
