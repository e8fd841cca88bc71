# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# OpenSMTPD cannot use its table of passwords.
log=opensmtpd-table.log
words='nobody can log in to send mail'
cause='opensmtpd-table-unreadable'
