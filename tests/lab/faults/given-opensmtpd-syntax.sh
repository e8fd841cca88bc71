# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# OpenSMTPD does not start.
log=opensmtpd-syntax.log
words='nothing arrives since I changed the config'
cause='opensmtpd-configuration-invalid'
