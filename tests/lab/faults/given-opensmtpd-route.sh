# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# OpenSMTPD finds no way to anybody on port 25.
log=opensmtpd-route.log
words='we can receive but not send'
cause='port-25-blocked'
