# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# A printer ends its lines with LF only.
log=bare-lf.log
words='our printer cannot send mail: bare newline'
cause='bare-line-feeds'
