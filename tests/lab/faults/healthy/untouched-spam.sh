# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# As it was set up.
words='my mail lands in spam at gmail'
