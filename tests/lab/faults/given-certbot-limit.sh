# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The authority issues no more for now.
log=certbot-limit.log
words='the certificate cannot be issued any more'
cause='acme-rate-limit'
also='renewal-broken'
