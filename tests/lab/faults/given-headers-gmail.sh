# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The headers of a message that arrived: neither SPF nor DKIM holds.
bounce=gmail-spf.eml
words='mail of our web shop lands in spam'
cause='receiver-says-unauthenticated'
