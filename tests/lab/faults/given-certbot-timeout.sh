# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The authority cannot reach port 80.
log=certbot-timeout.log
words='certbot renewal fails'
cause='acme-cannot-reach'
also='renewal-broken'
