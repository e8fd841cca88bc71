# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The log of another machine: Gmail wants a PTR record of the IPv6 address.
log=dms-rdns.log
words='gmail does not take our mail, it worked for months'
cause='no-reverse-dns'
