# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# OpenDMARC refuses a mailing list.
log=opendmarc-reject.log
words='a newsletter is rejected by dmarc policy'
cause='dmarc-refused'
