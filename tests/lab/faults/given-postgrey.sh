# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# Postgrey puts a sender with many addresses off again and again.
log=postgrey.log
words='mails from gmail arrive hours late'
cause='greylisted'
