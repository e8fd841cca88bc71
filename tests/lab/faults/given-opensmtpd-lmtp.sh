# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# OpenSMTPD may not open the LMTP socket of Dovecot.
log=opensmtpd-lmtp.log
words='mail is accepted but does not arrive in the mailbox'
cause='mailbox-socket-gone'
